import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { snappyUncompress } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { unpack } from '#adapters/formats/parquet/codecs.ts';

/** Bytes with repeats, as columns have them. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 40 })), { maxLength: 8 })
  .map((pieces) =>
    Buffer.concat(pieces.flatMap(([bytes, times]) => Array.from({ length: times }, () => Buffer.from(bytes)))),
  );

/** A copy of what lies `offset` before, or bytes as they are. */
type Step = { readonly literal: Uint8Array } | { readonly offset: number; readonly length: number };

const steps = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((literal): Step => ({ literal })),
    fc.tuple(fc.nat(400), fc.integer({ min: 4, max: 64 })).map(([offset, length]): Step => ({ offset, length })),
  ),
  { maxLength: 30 },
);

/** What the steps make; copies that would lead before the beginning are left out. */
function play(all: readonly Step[]): { readonly done: Step[]; readonly bytes: Buffer } {
  const out: number[] = [];
  const done = all.filter((step) => {
    if ('literal' in step) out.push(...step.literal);
    else if (step.offset === 0 || step.offset > out.length) return false;
    else for (let index = 0; index < step.length; index++) out.push(out[out.length - step.offset] as number);
    return true;
  });
  return { done, bytes: Buffer.from(out) };
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

function snappyOf(done: readonly Step[], size: number): Buffer {
  const parts = done.map((step) => {
    if ('offset' in step) return Buffer.from([((step.length - 1) << 2) | 2, step.offset & 255, step.offset >> 8]);
    const { length } = step.literal;
    const tag =
      length <= 60
        ? [(length - 1) << 2]
        : length <= 256
          ? [60 << 2, length - 1]
          : [61 << 2, (length - 1) & 255, (length - 1) >> 8];
    return Buffer.concat([Buffer.from(tag), step.literal]);
  });
  return Buffer.concat([Buffer.from(varint(size)), ...parts]);
}

/** Every copy behind some bytes, and bytes at the end, as the format wants it. */
function lz4Of(done: readonly Step[]): Buffer {
  const more = (length: number): number[] => (length < 255 ? [length] : [255, ...more(length - 255)]);
  const nibble = (length: number): number => Math.min(15, length);
  const rest = (length: number): number[] => (length < 15 ? [] : more(length - 15));
  const parts: Buffer[] = [];
  let literal = Buffer.alloc(0);
  for (const step of done) {
    if ('literal' in step) literal = Buffer.concat([literal, step.literal]);
    else {
      const head = [(nibble(literal.length) << 4) | nibble(step.length - 4), ...rest(literal.length)];
      const copy = [step.offset & 255, step.offset >> 8, ...rest(step.length - 4)];
      parts.push(Buffer.from(head), literal, Buffer.from(copy));
      literal = Buffer.alloc(0);
    }
  }
  return Buffer.concat([...parts, Buffer.from([nibble(literal.length) << 4, ...rest(literal.length)]), literal]);
}

const hadoop = (pieces: readonly (readonly [Buffer, number])[]): Buffer =>
  Buffer.concat(
    pieces.flatMap(([packed, size]) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(size);
      head.writeUInt32BE(packed.length, 4);
      return [head, packed];
    }),
  );

describe('every codec gives back what was packed', () => {
  test.each([
    [0, (bytes: Buffer) => bytes],
    [2, (bytes: Buffer) => gzipSync(bytes)],
    [4, (bytes: Buffer) => brotliCompressSync(bytes)],
    [6, (bytes: Buffer) => zstdCompressSync(bytes)],
  ])('%i', (codec, pack) => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(Buffer.from(unpack(codec, pack(bytes), bytes.length))).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  test('Snappy, as another decoder reads it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { done, bytes } = play(all);
        const packed = snappyOf(done, bytes.length);
        expect(Buffer.from(unpack(1, packed, bytes.length))).toEqual(bytes);
        const other = new Uint8Array(bytes.length);
        if (bytes.length > 0) snappyUncompress(packed, other);
        expect(Buffer.from(other)).toEqual(bytes);
      }),
    );
  });

  test('LZ4: bare, in the pieces of Hadoop, and bare by the number of Hadoop', () => {
    fc.assert(
      fc.property(steps, steps, (all, others) => {
        const [first, second] = [play(all), play(others)];
        const [a, b] = [lz4Of(first.done), lz4Of(second.done)];
        expect(Buffer.from(unpack(7, a, first.bytes.length))).toEqual(first.bytes);
        expect(Buffer.from(unpack(5, a, first.bytes.length))).toEqual(first.bytes);
        const both = Buffer.concat([first.bytes, second.bytes]);
        const pieces = hadoop([
          [a, first.bytes.length],
          [b, second.bytes.length],
        ]);
        expect(Buffer.from(unpack(5, pieces, both.length))).toEqual(both);
      }),
    );
  });
});

describe('what does not fit', () => {
  test.each([1, 2, 4, 5, 6, 7])('noise ends in an error or in just as many bytes, soon: codec %i', (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5000), (bytes, size) => {
        const started = performance.now();
        try {
          expect(unpack(codec, bytes, size)).toHaveLength(size);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(performance.now() - started).toBeLessThan(1000);
      }),
    );
  });

  test.each([1, 2, 4, 5, 6, 7])('more or fewer bytes than the page has are an error: codec %i', (codec) => {
    const bytes = Buffer.from('abcabcabcabc');
    const { done } = play([{ literal: bytes.subarray(0, 3) }, { offset: 3, length: 9 }]);
    const packed = {
      1: snappyOf(done, 12),
      2: gzipSync(bytes),
      4: brotliCompressSync(bytes),
      5: hadoop([[lz4Of(done), 12]]),
      6: zstdCompressSync(bytes),
      7: lz4Of(done),
    }[codec]!;
    expect(Buffer.from(unpack(codec, packed, 12))).toEqual(bytes);
    for (const size of [0, 11, 13, 1000]) if (size > 0) expect(() => unpack(codec, packed, size)).toThrow(Error);
  });

  test('a piece of LZ4 that says it goes backwards ends nothing', () => {
    const backwards = Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => unpack(5, backwards, 16)).toThrow(Error);
  });

  test.each([3, 8, -1])('codec %i is none', (codec) => {
    expect(() => unpack(codec, Buffer.from('abc'), 3)).toThrow('compressed by a codec that is not read');
  });
});
