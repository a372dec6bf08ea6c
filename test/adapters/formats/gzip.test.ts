import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflate } from '#adapters/formats/gzip.ts';

const MIB = 2 ** 20;

/** The bytes piece by piece, and whether the source was closed and how far it was read. */
class Pieces implements AsyncIterable<Uint8Array> {
  closed = false;
  read = 0;
  readonly #bytes: Uint8Array;
  readonly #size: number;

  constructor(bytes: Uint8Array, size = 65_536) {
    this.#bytes = bytes;
    this.#size = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < this.#bytes.length; at += this.#size) {
        const piece = this.#bytes.subarray(at, at + this.#size);
        this.read += piece.length;
        yield piece;
      }
    } finally {
      this.closed = true;
    }
  }
}

const unpacked = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(inflate(chunks))).toString();

describe('what is gzip', () => {
  test('is unpacked, however it is cut and however many members it has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 100 }),
        async (texts, size) => {
          const bytes = Buffer.concat(texts.map((text) => gzipSync(text)));
          expect(await unpacked(new Pieces(bytes, size))).toBe(Buffer.from(texts.join('')).toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is pulled no faster than it is asked for, and let go when nobody asks any more', async () => {
    const noise = Buffer.from(Float64Array.from({ length: 2 * MIB }, () => Math.random()).buffer);
    const source = new Pieces(gzipSync(noise, { level: 1 }));
    for await (const piece of inflate(source)) {
      expect(piece.length).toBeLessThanOrEqual(256 * 1024);
      break;
    }
    expect(source.closed).toBe(true);
    expect(source.read).toBeLessThan(MIB);
  });

  test('may be hundreds of times smaller than what it stands for, where tables are', async () => {
    const row = (index: number) =>
      Array.from({ length: 1000 }, (_, column) => (column === (index * 7919) % 1000 ? 1 : 0));
    const oneHot = Array.from({ length: 3000 }, (_, index) => row(index).join(',')).join('\n');
    const file = gzipSync(Array.from({ length: 12 }, () => oneHot).join('\n'), { level: 9 });
    let size = 0;
    for await (const piece of inflate(new Pieces(file))) size += piece.length;
    expect(size).toBeGreaterThan(64 * MIB);
    expect(size / file.length).toBeGreaterThan(200);
  });
});

describe('what is not', () => {
  const whole = gzipSync('a,b\n1,2\n');
  const flipped = Buffer.from(whole);
  flipped[whole.length - 6]! ^= 1;

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('a,b\n1,2\n')],
    ['a member that is cut off', whole.subarray(0, -3)],
    ['a member whose checksum is another', flipped],
    ['a second member that is cut off', Buffer.concat([whole, whole.subarray(0, 12)])],
    ['something behind the last member', Buffer.concat([whole, Buffer.from('more')])],
    ['zeros behind the last member', Buffer.concat([whole, Buffer.alloc(512)])],
  ])('%s', async (_, bytes) => {
    for (const size of [1, 7, 65_536]) {
      const source = new Pieces(bytes, size);
      await expect(unpacked(source)).rejects.toMatchObject({ code: 'input.gzip' });
      expect(source.closed || source.read === 0).toBe(true);
    }
  });

  test('a bomb is let go when it has unpacked 64 MiB, with little read of it', async () => {
    const source = new Pieces(gzipSync(Buffer.alloc(256 * MIB)), 16_384);
    let size = 0;
    const all = (async () => {
      for await (const piece of inflate(source)) size += piece.length;
    })();
    await expect(all).rejects.toMatchObject({ code: 'input.gzip_bomb', kind: 'too-large' });
    expect(size).toBeLessThanOrEqual(65 * MIB);
    expect(source.read).toBeLessThan(200_000);
    expect(source.closed).toBe(true);
  });

  test("the source's own failure is told as it is", async () => {
    const failure = new Error('the disk is gone');
    async function* failing() {
      yield whole;
      throw failure;
    }
    await expect(unpacked(failing())).rejects.toBe(failure);
  });
});
