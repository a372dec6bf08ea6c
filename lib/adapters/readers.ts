import type { ObjectReader } from '#core/ports.ts';
import type { SignedS3Options } from './aws/signed-s3.ts';
import { openFolder } from './local/open-folder.ts';

/**
 * Opens a store to read from it, for a function that starts anew with its first request: without AWS's SDK, and loading
 * only what the store that is named takes. Throws `store.url`, `store.unreadable`.
 */
export async function openReader(url: string, options: SignedS3Options = {}): Promise<ObjectReader> {
  if (!url.startsWith('s3://')) return openFolder(url);
  const { S3Reader } = await import('./aws/s3-reader.ts');
  return S3Reader.open(url, options);
}
