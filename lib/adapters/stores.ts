import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalid } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';

/** Opens `file:DIR` or `s3://bucket[/prefix]`; only what is named is loaded. Throws `store.url` and what the store throws. */
export async function openStore(url: string): Promise<ObjectStore> {
  if (url.startsWith('file:') && url.length > 'file:'.length) {
    const { FolderStore } = await import('./local/folder-store.ts');
    return FolderStore.open(url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length)));
  }
  if (url.startsWith('s3://')) {
    const { S3Store } = await import('./aws/s3-store.ts');
    return S3Store.open(url);
  }
  throw invalid('store.url', `'${url.slice(0, 200)}' is not a store.`, {
    fix: "Write 'file:DIR' for a folder, or 's3://bucket' or 's3://bucket/prefix'.",
    fields: { url: url.slice(0, 200) },
  });
}
