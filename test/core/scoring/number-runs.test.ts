import { describe, expect, test } from 'vitest';
import { readFloatRun, readIntegerRun, NEVER, numberEnd } from '#core/scoring/number-runs.ts';

/** Texts with commas between them, and the line feeds that a window has behind its bytes. */
const bytesOf = (text: string): Buffer => Buffer.from(`${text}${'\n'.repeat(16)}`);

function run(texts: readonly string[], single: boolean, separator = ','): Float32Array | Float64Array {
  const text = texts.join(separator);
  const bytes = bytesOf(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = single ? new Float32Array(texts.length) : new Float64Array(texts.length);
  expect(readFloatRun(bytes, view, 0, out, 0, texts.length, single, NEVER)).toBe(text.length);
  return out;
}

/** Compares bit for bit with `Number`, and names the first text that differs. */
function check(texts: readonly string[]): void {
  for (const single of [true, false]) {
    const out = run(texts, single, single ? ',' : ', ');
    for (const [i, text] of texts.entries()) {
      const expected = single ? Math.fround(Number(text)) : Number(text);
      if (!Object.is(out[i], expected)) throw new Error(`${text}: ${out[i]}, expected ${expected}`);
    }
  }
}

/** The same every time, and faster than what a property would draw (a linear congruential generator). */
function generator(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe('a run of floats', () => {
  const random = generator();
  const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(random() * 10)).join('');

  test.each([1, 3, 8, 9, 10, 12, 13, 16, 17, 19, 20, 22, 23, 30])('of %d decimals', (count) =>
    check(
      Array.from({ length: 3000 }, () => `${random() < 0.5 ? '-' : ''}${Math.floor(random() * 20)}.${digits(count)}`),
    ),
  );

  test.each([1, 5, 9, 10, 15, 16, 19, 25])('of %d digits before the point', (count) =>
    check(
      Array.from(
        { length: 2000 },
        () => `${1 + Math.floor(random() * 9)}${digits(count - 1)}${random() < 0.5 ? `.${digits(3)}` : ''}`,
      ),
    ),
  );

  test('as JavaScript prints them, small and large', () =>
    check(Array.from({ length: 20_000 }, () => String((random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)))));

  test('with zeros, signs and exponents', () =>
    check([
      '0',
      '-0',
      '0.0',
      '-0.000',
      '0.1',
      '1e5',
      '1E-5',
      '-1.5e+3',
      '0e0',
      '123456789',
      '0.00000000000000000000012345',
      '1.7976931348623157e38',
    ]));

  test.each([
    '',
    '-',
    '.5',
    '5.',
    '01',
    '-01.5',
    '+1',
    '1e',
    '1e+',
    'x',
    'nan',
    '1 ',
    '1;',
    '1e400',
    '--1',
    '1.e5',
    '0x10',
  ])('is left to others at %j', (text) => {
    for (const texts of [`${text},2`, `1,${text},2`]) {
      const bytes = bytesOf(texts);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const count = texts.split(',').length;
      expect(readFloatRun(bytes, view, 0, new Float64Array(count), 0, count, false, NEVER)).toBe(-1);
    }
  });
});

describe('a run of integers', () => {
  const read = (text: string, low: number, high: number, wide: boolean) => {
    const count = text.split(',').length;
    const data = wide ? new BigInt64Array(count) : new Int32Array(count);
    const out = new Int32Array(data.buffer);
    const at = readIntegerRun(bytesOf(text), 0, out, 0, count, low, high, wide);
    return at < 0 ? at : [...data];
  };

  test('stores 64 bits', () => {
    const texts = [
      '0',
      '-1',
      '7',
      '999999999',
      '-999999999',
      '1000000000',
      '-4294967296',
      '999999999999999',
      '-999999999999999',
    ];
    expect(read(texts.join(','), -(2 ** 63), 2 ** 63, true)).toEqual(texts.map(BigInt));
  });

  test('stores 32', () =>
    expect(read('0,-5, 2147483647', -(2 ** 31), 2 ** 31 - 1, false)).toEqual([0, -5, 2 ** 31 - 1]));

  test.each(['2147483648', '-2147483649', '01', '', '-', '1.0', '1e3', '1234567890123456', 'x'])(
    'leaves %j to others',
    (text) => expect(read(`${text},1`, -(2 ** 31), 2 ** 31 - 1, false)).toBe(-1),
  );
});

test.each([
  ['12', 2],
  ['-0.5e-10x', 8],
  ['1.', -1],
  ['-', -1],
  ['00', -1],
  ['1e+', -1],
])('the number in %j ends at %d', (text, end) => expect(numberEnd(bytesOf(text), 0)).toBe(end));
