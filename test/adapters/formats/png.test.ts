import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '#adapters/formats/images.ts';
import type { Image } from '#core/model/image.ts';
import { assemble, chunk, encodePng, header, linesOf, type PngFile } from './png-files.ts';

const decode = (bytes: Uint8Array): Image => decodeImage(bytes, 'test.png');

/** The pixels of PngSuite as Pillow reads them: the first 16 digits of their SHA-256. */
test.each([
  ['basn0g01', '661985e83f94a569'],
  ['basn0g02', '166bd68377b119b5'],
  ['basn0g04', 'b05a4bc8e7079c8a'],
  ['basn0g08', '982faa277e83f73c'],
  ['basn0g16', 'f17fa71e5e62a73b'],
  ['basn2c08', '23a53c674ec50d5a'],
  ['basn3p01', '614996feb597f62b'],
  ['basn3p02', 'a383497791948d8b'],
  ['basn3p04', 'a7abc212cf1a44c8'],
  ['basn3p08', 'b1c3302eceae6738'],
  ['basn4a08', '76b94a71d3c183a3'],
  ['basn6a08', '2eb6a2cb3166e9c1'],
  ['ftp0n2c08', '13421e1c169afaeb'],
  ['ftp1n3p08', '444403e441924fcd'],
])('PngSuite %s', (name, expected) => {
  const { width, height, data } = decode(readFileSync(new URL(`../../fixtures/pngsuite/${name}.png`, import.meta.url)));
  expect(data).toHaveLength(width * height * 4);
  expect(createHash('sha256').update(data).digest('hex').slice(0, 16)).toBe(expected);
});

const KINDS = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colourType: 0, depth, samples: 1 })),
  ...[8, 16].map((depth) => ({ colourType: 2, depth, samples: 3 })),
  ...[8, 16].map((depth) => ({ colourType: 4, depth, samples: 2 })),
  ...[8, 16].map((depth) => ({ colourType: 6, depth, samples: 4 })),
  ...[1, 2, 4, 8].map((depth) => ({ colourType: 3, depth, samples: 1 })),
];

const PALETTE = Array.from({ length: 256 * 3 }, (_, index) => (index * 37) % 256);

/** What a pixel of the kind is as RGBA, worked out from the samples alone. */
function rgbaOf(colourType: number, depth: number, samples: readonly number[]): number[] {
  const [a, b, c, d] = samples.map((sample) => Math.round((sample * 255) / (2 ** depth - 1))) as [number, ...number[]];
  switch (colourType) {
    case 3:
      return [...PALETTE.slice((samples[0] as number) * 3, (samples[0] as number) * 3 + 3), 255];
    case 2:
      return [a, b as number, c as number, 255];
    case 6:
      return [a, b as number, c as number, d as number];
    default:
      return [a, a, a, b ?? 255];
  }
}

const anyFile = (kind: (typeof KINDS)[number]): fc.Arbitrary<PngFile> =>
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.nat(4), fc.boolean())
    .chain(([width, height, firstFilter, interlaced]) =>
      fc
        .array(fc.tuple(...Array.from({ length: kind.samples }, () => fc.nat(2 ** kind.depth - 1))), {
          minLength: width * height,
          maxLength: width * height,
        })
        .map((pixels) => ({
          width,
          height,
          interlaced,
          pixels,
          depth: kind.depth,
          colourType: kind.colourType,
          filter: (line: number) => (line + firstFilter) % 5,
          ...(kind.colourType === 3 && { palette: PALETTE }),
        })),
    );

test.each(KINDS)('any picture of colour type $colourType, $depth bits, every filter, interlaced or not', (kind) => {
  fc.assert(
    fc.property(anyFile(kind), (file) => {
      const { width, height, data } = decode(encodePng(file));
      expect([width, height]).toStrictEqual([file.width, file.height]);
      expect([...data]).toStrictEqual(file.pixels.flatMap((pixel) => rgbaOf(kind.colourType, kind.depth, pixel)));
    }),
    { numRuns: 30 },
  );
});

describe('transparency of a colour', () => {
  test('grey', () => {
    const file = { width: 3, height: 1, depth: 4, colourType: 0, pixels: [[0], [7], [15]], transparency: [0, 7] };
    expect([...decode(encodePng(file)).data]).toStrictEqual([0, 0, 0, 255, 119, 119, 119, 0, 255, 255, 255, 255]);
  });
  test('colour: all three samples must match', () => {
    const pixels = [
      [1, 2, 3],
      [1, 2, 4],
    ];
    const file = { width: 2, height: 1, depth: 8, colourType: 2, pixels, transparency: [0, 1, 0, 2, 0, 3] };
    expect([...decode(encodePng(file)).data]).toStrictEqual([1, 2, 3, 0, 1, 2, 4, 255]);
  });
  test('palette: by entry, those left out being opaque', () => {
    const palette = [1, 1, 1, 2, 2, 2];
    const file = { width: 2, height: 1, depth: 1, colourType: 3, pixels: [[0], [1]], palette, transparency: [9] };
    expect([...decode(encodePng(file)).data]).toStrictEqual([1, 1, 1, 9, 2, 2, 2, 255]);
  });
});

test('the pixels may come in many chunks, with others among them', () => {
  const file = { width: 4, height: 4, depth: 8, colourType: 0, pixels: Array.from({ length: 16 }, (_, i) => [i]) };
  const compressed = deflateSync(linesOf(file));
  const parts = Array.from(compressed, (byte) => chunk('IDAT', Uint8Array.of(byte)));
  const text = chunk('tEXt', Buffer.from('Comment\0hello'));
  expect(decode(assemble(header(file), text, ...parts, text))).toStrictEqual(decode(encodePng(file)));
});

describe('what is damaged is refused', () => {
  const file: PngFile = { width: 2, height: 2, depth: 8, colourType: 0, pixels: [[1], [2], [3], [4]] };
  const data = (bytes: Uint8Array) => chunk('IDAT', deflateSync(bytes));
  const flipped = encodePng(file).map((byte, index) => (index === 45 ? byte ^ 1 : byte));
  test.each<[string, Uint8Array, RegExp]>([
    ['a signature alone', encodePng(file).subarray(0, 8), /damaged or cut off/],
    ['no end', encodePng(file).subarray(0, -12), /damaged or cut off/],
    ['no header', assemble(data(linesOf(file)), data(linesOf(file))), /does not begin with a header/],
    ['no pixels', assemble(header(file)), /damaged or cut off/],
    ['a width of 0', assemble(header({ ...file, width: 0 })), /has no pixels/],
    ['an unknown colour type', assemble(header({ ...file, colourType: 5 })), /colour type 5 with 8 bits/],
    ['a depth that the type has not', assemble(header({ ...file, colourType: 2, depth: 4 })), /type 2 with 4 bits/],
    ['a flipped bit', flipped, /chunk IDAT is damaged/],
    ['too few pixels', assemble(header(file), data(linesOf(file).subarray(0, 4))), /has 4 bytes of pixels and needs 6/],
    ['too many pixels', assemble(header(file), data(new Uint8Array(7))), /damaged/],
    ['an unknown filter', assemble(header(file), data(Uint8Array.of(9, 1, 2, 0, 3, 4))), /filter 9 is unknown/],
    ['a colour beyond the palette', encodePng({ ...file, colourType: 3, palette: [0, 0, 0] }), /no colour 1/],
  ])('%s', (_, bytes, message) => {
    const act = () => decode(bytes);
    expect(act).toThrow(expect.objectContaining({ code: 'image.unreadable', kind: 'invalid' }));
    expect(act).toThrow(message);
  });

  test('a bomb is not inflated: 100 MB in 100 KB, of a picture that says 2 × 2', () => {
    const bomb = assemble(header(file), data(new Uint8Array(100_000_000)));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decode(bomb)).toThrow(/damaged/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test('a picture that says 26 megapixels is refused before it is inflated', () => {
    const big = { width: 26_000, height: 1000, depth: 8, colourType: 6, pixels: [] };
    expect(() => decode(assemble(header(big)))).toThrow(
      expect.objectContaining({
        code: 'image.too_large',
        kind: 'too-large',
        message: expect.stringContaining('26000 × 1000'),
      }),
    );
  });
});
