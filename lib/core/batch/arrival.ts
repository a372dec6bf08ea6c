import type { InputReader } from '../ports.ts';
import type { ArrivalEvent } from './events.ts';
import { IN_PREFIX, OPTIONS_SUFFIX, REQUESTS_PREFIX } from './keys.ts';
import type { BatchWorld } from './world.ts';

/** An object that has arrived for a model, as it lies there. */
export interface ArrivedInput {
  /** What stands behind `batch/in/`: it may be the name of no model. */
  readonly model: string;
  readonly reader: InputReader;
  /** In `reader`. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly version: string;
}

/** What an event comes down to. */
export type Arrived =
  | { readonly kind: 'input'; readonly input: ArrivedInput }
  /** `key` is that of the store. */
  | { readonly kind: 'request'; readonly key: string }
  | { readonly kind: 'nothing' };

const NOTHING: Arrived = { kind: 'nothing' };

/**
 * Reads an event of S3, or of this machine, where the bucket is the URL of the store. An object that is not there any more
 * in the version of the event is nothing: whatever has taken its place has an event of its own.
 */
export async function readArrival(
  { store, inputs }: Pick<BatchWorld, 'store' | 'inputs'>,
  { detail: { bucket, object } }: ArrivalEvent,
): Promise<Arrived> {
  const url = bucket.name.includes(':') ? bucket.name : `s3://${bucket.name}`;
  const root = rootOf(store.url, url);
  const named = spellings(object.key).flatMap((key) => {
    const place = placeOf(key, root);
    return place ? [{ ...place, key }] : [];
  });
  if (named.length === 0) return NOTHING;
  const reader = await inputs(url);
  for (const { key, model } of named) {
    const stat = await reader.stat(key, versionOf(object));
    if (!stat) continue;
    if (model === undefined) return { kind: 'request', key: key.slice(root.length) };
    return { kind: 'input', input: { model, reader, key, ...stat } };
  }
  return NOTHING;
}

/** What the keys of the store begin with in its bucket. */
function rootOf(storeUrl: string, bucketUrl: string): string {
  const below = storeUrl.startsWith(`${bucketUrl}/`) && bucketUrl.startsWith('s3://');
  return below ? `${storeUrl.slice(bucketUrl.length + 1).replace(/\/$/, '')}/` : '';
}

/** The key as it is given, and as it is meant where it was encoded for a URL. */
function spellings(key: string): string[] {
  try {
    return [...new Set([key, decodeURIComponent(key.replaceAll('+', ' '))])];
  } catch {
    return [key];
  }
}

/** The model that it is for, none of a request; undefined where it is no input: a folder, options, what is hidden. */
function placeOf(key: string, root: string): { model?: string } | undefined {
  if (key.startsWith(root + REQUESTS_PREFIX)) return {};
  if (!key.startsWith(root + IN_PREFIX)) return undefined;
  const [model = '', ...path] = key.slice(root.length + IN_PREFIX.length).split('/');
  const name = path.at(-1) ?? '';
  if (model === '' || name === '' || name.startsWith('.') || name.endsWith(OPTIONS_SUFFIX)) return undefined;
  return { model };
}

/** As InputReader has versions; a bucket whose versioning is suspended calls them all `null`. */
function versionOf({ etag, 'version-id': id }: ArrivalEvent['detail']['object']): string | undefined {
  if (id !== undefined && id !== 'null') return `v:${id}`;
  return etag === undefined ? undefined : `e:${etag.replaceAll('"', '')}`;
}
