import { createHash } from 'node:crypto';
import { OnnwardError } from '../errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes that are stored, and that hashes are taken of. */
export const encodeDocument = (value: object): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

/** Reads a small JSON object that Onnward wrote. Throws `registry.corrupt` naming the key. */
export function decodeDocument(key: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, in one way for bad UTF-8, bad JSON and JSON of another kind.
  }
  throw corrupt(key, 'it is not a JSON object');
}

export const corrupt = (key: string, reason: string): OnnwardError =>
  new OnnwardError(`${key} is not as Onnward wrote it: ${reason}.`, {
    code: 'registry.corrupt',
    kind: 'corrupt',
    fix: "Run 'onnward verify' to see what was touched, and restore it from a backup.",
    fields: { key },
  });
