import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalid } from '#core/errors.ts';
import type { FolderStore } from './folder-store.ts';

/** The store of `file:DIR`. Throws `store.url` for any other URL, and `store.unreadable`. */
export async function openFolder(url: string): Promise<FolderStore> {
  const folder = folderOfUrl(url);
  const { FolderStore } = await import('./folder-store.ts');
  return FolderStore.open(folder);
}

/** The absolute path that `file:DIR` names. Throws `store.url`. */
export function folderOfUrl(url: string): string {
  if (!url.startsWith('file:') || url === 'file:') throw noStore(url.slice(0, 200));
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length));
}

const noStore = (url: string): Error =>
  invalid('store.url', `'${url}' is not a store.`, {
    fix: "Write 'file:DIR' for a folder, or 's3://bucket' or 's3://bucket/prefix'.",
    fields: { url },
  });
