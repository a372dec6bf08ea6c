import type { InputReader } from '#core/ports.ts';
import { FolderInputs } from './local/folder-inputs.ts';

/**
 * Opens `file:DIR` or `s3://bucket[/prefix]` to read inputs from it; only what is named is loaded.
 * Throws `store.url`, `store.key`, `input.unreadable`.
 */
export async function openInputs(url: string): Promise<InputReader> {
  if (!url.startsWith('s3://')) return FolderInputs.open(url);
  const { S3Inputs } = await import('./aws/s3-inputs.ts');
  return S3Inputs.open(url);
}

/** The same, and opens each place once. */
export function keepInputs(): (url: string) => Promise<InputReader> {
  const opened = new Map<string, Promise<InputReader>>();
  return (url) => {
    const reader = opened.get(url) ?? openInputs(url);
    reader.catch(() => opened.delete(url));
    opened.set(url, reader);
    return reader;
  };
}
