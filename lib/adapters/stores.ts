import type { ObjectStore } from '#core/ports.ts';
import { openFolder } from './local/open-folder.ts';

/** Opens `file:DIR` or `s3://bucket[/prefix]`; only what is named is loaded. Throws `store.url` and what the store throws. */
export async function openStore(url: string): Promise<ObjectStore> {
  if (!url.startsWith('s3://')) return openFolder(url);
  const { S3Store } = await import('./aws/s3-store.ts');
  return S3Store.open(url);
}
