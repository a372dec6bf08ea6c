import { OnnwardError } from './errors.ts';
import type { ObjectStore } from './ports.ts';
import { isPrecondition } from './registry/precondition.ts';

/** The bytes of a document: equal values, equal bytes. Lists of thousands have a line each. */
export function encode(value: object): Uint8Array {
  const text = Array.isArray(value)
    ? `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]`
    : JSON.stringify(value, undefined, 2);
  return Buffer.from(`${text}\n`);
}

/** Undefined where there is none. Throws `store.corrupt`. */
export async function readDocument<T extends object>(store: ObjectStore, key: string): Promise<T | undefined> {
  const stored = await store.get(key);
  return stored && (decode(key, stored.bytes) as T);
}

/** Writes it where there is none yet. What is there afterwards is returned: the first one wins. */
export async function writeOnce<T extends object>(store: ObjectStore, key: string, value: T): Promise<T> {
  const there = await readDocument<T>(store, key);
  if (there) return there;
  const bytes = encode(value);
  try {
    await store.put(key, bytes, { ifAbsent: true });
    return decode(key, bytes) as T;
  } catch (error) {
    const first = isPrecondition(error) ? await readDocument<T>(store, key) : undefined;
    if (first) return first;
    throw error;
  }
}

/** What a text says; undefined where it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A document's object or list. Throws `store.corrupt`. */
export function decode(key: string, bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, in one way for bad UTF-8, bad JSON and JSON of another kind.
  }
  throw new OnnwardError(`${key} is not as Onnward wrote it.`, {
    code: 'store.corrupt',
    kind: 'corrupt',
    fix: 'Restore it from a backup, or begin what it is of anew.',
    fields: { key },
  });
}
