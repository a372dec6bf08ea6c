import { invalid } from '../errors.ts';

/** Where an input lies, and its key there: a prefix where the URL ends in `/`. */
export interface InputLocation {
  /** To be opened as it is. */
  readonly store: string;
  readonly key: string;
}

const BUCKET_AND_KEY = /^s3:\/\/([^/]+)\/?(.*)$/su;

/** Elsewhere a backslash is a character of a name as any other. */
const OF_WINDOWS = /^([A-Za-z]:|\\\\)/;

/**
 * Splits `s3://bucket/key`, `file:/path/to/name` or a plain path; what ends in `/` is a prefix. A key is what stands there,
 * whatever it holds: only in `file://` are `%20` and the like read as what they mean. Throws `input.url`.
 */
export function splitInputUrl(url: string): InputLocation {
  if (url.startsWith('s3://')) return inBucket(url);
  // Two slashes at the beginning of a path are one to the system, and the beginning of an authority to a URL.
  const path = url.startsWith('file:') ? url.slice('file:'.length) : url.replace(/^\/+/, '/');
  if (path === '') throw notAnInput(url);
  const cut = Math.max(path.lastIndexOf('/'), OF_WINDOWS.test(path) ? path.lastIndexOf('\\') : -1) + 1;
  const name = path.slice(cut);
  return { store: `file:${folderOf(path.slice(0, cut))}`, key: url.startsWith('file://') ? decoded(url, name) : name };
}

function inBucket(url: string): InputLocation {
  const [, bucket, key] = BUCKET_AND_KEY.exec(url) ?? [];
  if (bucket === undefined || key === undefined) throw notAnInput(url);
  return { store: `s3://${bucket}`, key };
}

/** Without the separator at its end, which a root cannot do without. */
function folderOf(path: string): string {
  if (path === '') return '.';
  return /^([A-Za-z]:)?[\\/]+$/.test(path) ? path : path.slice(0, -1);
}

function decoded(url: string, name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw notAnInput(url);
  }
}

const notAnInput = (url: string): Error => {
  const shown = url.slice(0, 200);
  return invalid('input.url', `'${shown}' does not name an input.`, {
    fix: "Write the path of a file, 'file:/path/to/file', 's3://bucket/key', or a prefix that ends in '/'.",
    fields: { url: shown },
  });
};
