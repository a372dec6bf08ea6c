import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { invalid, OnnwardError } from '#core/errors.ts';

/** Bytes that are unpacked before the ratio is looked at: what is smaller does no harm, whatever it holds. */
const UNWATCHED_BYTES = 64 * 2 ** 20;

/**
 * How many times its size a file may unpack to. Measured: tables of measurements 5, one-hot rows of 1000 columns 400, rows
 * that are all the same 510 to 700; deflate itself ends at 1032, which is what a bomb of one byte comes to.
 */
const MAX_RATIO = 800;

/** Bytes of one piece. */
const PIECE_BYTES = 256 * 1024;

/**
 * Unpacks gzip as it streams, all members of it. Pulls no faster than it is pulled from, and stops the source when it is
 * stopped. Throws `input.gzip` where it is damaged, cut off or followed by something else, `input.gzip_bomb`.
 */
export async function* inflate(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  const size = { packed: 0, unpacked: 0 };
  // Its failure is the iteration's, too.
  const fed = pipeline(counted(chunks, size), gunzip, { end: true }).catch(() => {});
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      size.unpacked += piece.length;
      if (size.unpacked > UNWATCHED_BYTES && size.unpacked > size.packed * MAX_RATIO) throw bomb(size);
      yield piece;
    }
    await fed;
    // The engine ends in silence at what is no further member: rows may be missing there.
    if (gunzip.bytesWritten < size.packed) throw damaged(`${gunzip.bytesWritten} bytes of it are followed by others`);
  } catch (error) {
    throw String((error as { code?: unknown }).code).startsWith('Z_')
      ? damaged((error as Error).message, error)
      : error;
  } finally {
    gunzip.destroy();
    await fed;
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, size: { packed: number }) {
  for await (const chunk of chunks) {
    size.packed += chunk.length;
    yield chunk;
  }
}

const damaged = (problem: string, cause?: unknown): OnnwardError =>
  invalid('input.gzip', `the input is not whole gzip: ${problem}`, {
    cause,
    fix: 'Compress it again, or give it uncompressed: gzip -t FILE tells whether a file is whole.',
  });

const bomb = ({ packed, unpacked }: { readonly packed: number; readonly unpacked: number }): OnnwardError =>
  new OnnwardError(
    `the input unpacks to more than ${MAX_RATIO} times its size: ${packed} bytes to ${unpacked} so far`,
    {
      code: 'input.gzip_bomb',
      kind: 'too-large',
      fields: { packed, unpacked, ratio: MAX_RATIO },
      fix: 'Give it uncompressed where it is meant.',
    },
  );
