import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '#adapters/formats/images.ts';
import { OnnwardError } from '#core/errors.ts';
import { preprocess } from '#core/model/preprocess.ts';
import type { Signature } from '#core/model/signature.ts';
import { encodePng } from './png-files.ts';

const smooth = (width: number, height: number) => {
  const level = (x: number, y: number) => [(x * 255) / width, (y * 255) / height, 128, 255];
  const data = Uint8Array.from(
    Array.from({ length: width * height }, (_, index) => level(index % width, Math.floor(index / width))).flat(),
  );
  return { width, height, data };
};
const jpeg = (width: number, height: number): Uint8Array => encodeJpeg(smooth(width, height), 95).data;
const png = encodePng({
  width: 5,
  height: 4,
  depth: 8,
  colourType: 0,
  pixels: Array.from({ length: 20 }, (_, i) => [i]),
});

test('a JPEG comes back, as near as JPEG is', () => {
  const picture = smooth(40, 24);
  const decoded = decodeImage(jpeg(40, 24), 'test.jpg');
  expect([decoded.width, decoded.height]).toStrictEqual([40, 24]);
  const furthest = Math.max(...decoded.data.map((value, at) => Math.abs(value - (picture.data[at] as number))));
  expect(furthest).toBeLessThanOrEqual(12);
  expect(decoded.data.filter((_, at) => at % 4 === 3)).toStrictEqual(new Uint8Array(40 * 24).fill(255));
});

test('the kind is known by the first bytes, not by the name', () => {
  expect(decodeImage(png, 'wrong.jpg')).toMatchObject({ width: 5, height: 4 });
  expect(decodeImage(jpeg(16, 8), 'wrong.png')).toMatchObject({ width: 16, height: 8 });
});

test('a view into a larger buffer is read at its own place', () => {
  const padded = Buffer.concat([Buffer.alloc(3), png]).subarray(3);
  expect(decodeImage(padded, 'test.png')).toStrictEqual(decodeImage(Uint8Array.from(png), 'test.png'));
});

test("the digits example's own pictures become its input", () => {
  const signature: Signature = {
    inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 8, 8] }],
    outputs: [],
    unserved: [],
  };
  const inputs = ['3.png', '0.png', '5.jpg'].map((name) => {
    const bytes = readFileSync(new URL(`../../../examples/digits/images/${name}`, import.meta.url));
    return preprocess(decodeImage(bytes, name), { signature });
  });
  for (const { shape, data } of inputs) {
    expect(shape).toStrictEqual([1, 1, 8, 8]);
    const numbers = [...(data as Float32Array)];
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeGreaterThan(0.8);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1);
  }
});

describe('refused with what is supported', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(), /is neither a PNG nor a JPEG/],
    ['text', Buffer.from('hello'), /is neither/],
    ['a GIF', Buffer.from('GIF89a\u0001\0\u0001\0'), /is neither/],
    ['a WebP', Buffer.from('RIFF\0\0\0\0WEBPVP8 '), /is neither/],
    ['the first bytes of a JPEG', jpeg(16, 16).subarray(0, 3), /damaged or cut off/],
    ['half a JPEG', jpeg(64, 64).subarray(0, 700), /damaged or cut off/],
    ['the first bytes of a PNG', png.subarray(0, 8), /damaged or cut off/],
  ])('%s', (_, bytes, message) => {
    const act = () => decodeImage(bytes, 'my.file');
    expect(act).toThrow(
      expect.objectContaining({
        code: 'image.unreadable',
        kind: 'invalid',
        fix: expect.stringContaining('PNG or a JPEG'),
      }),
    );
    expect(act).toThrow(message);
    expect(act).toThrow(/^my\.file /);
  });

  test('a JPEG that says 65,535 × 65,535', () => {
    const huge = Uint8Array.from(jpeg(16, 16));
    const frame = huge.findIndex((byte, at) => byte === 0xff && huge[at + 1] === 0xc0);
    huge.fill(0xff, frame + 5, frame + 9);
    const act = () => decodeImage(huge, 'huge.jpg');
    expect(act).toThrow(expect.objectContaining({ code: 'image.too_large', kind: 'too-large' }));
  });
});

describe('fuzz: decoded, or refused with our own error', () => {
  const decodedOrRefused = (bytes: Uint8Array) => {
    try {
      decodeImage(bytes, 'fuzz');
    } catch (error) {
      expect(error).toBeInstanceOf(OnnwardError);
      expect((error as OnnwardError).code).toMatch(/^image\./);
    }
  };
  test.each([
    ['PNG', png],
    ['JPEG', jpeg(24, 24)],
  ])('%s with bytes changed', (_, whole) => {
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(whole.length), (changes, cut) => {
        const bytes = Uint8Array.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        decodedOrRefused(cut % 2 === 0 ? bytes.subarray(0, cut) : bytes);
      }),
      { numRuns: 1000 },
    );
  });
});
