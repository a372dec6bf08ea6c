import type { FileHandle } from 'node:fs/promises';

/** Bytes read at once: more is not faster, and less is slower. */
const CHUNK = 1 << 20;

/**
 * The bytes [start, end) of a file, or up to where it ends; the next chunk is read while the one before is at work. Each
 * chunk is memory of its own, so that whoever gets it may keep it.
 */
export async function* readAhead(file: FileHandle, start: number, end: number): AsyncIterable<Uint8Array> {
  let next = readChunk(file, start, end);
  for (let at = start; at < end;) {
    const chunk = await next;
    if (chunk.length === 0) return;
    at += chunk.length;
    next = readChunk(file, at, end);
    next.catch(() => undefined); // it is awaited in its turn, if it ever comes
    yield chunk;
  }
}

async function readChunk(file: FileHandle, at: number, end: number): Promise<Uint8Array> {
  const length = Math.max(0, Math.min(CHUNK, end - at));
  if (length === 0) return new Uint8Array();
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
