import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What two programs may differ by: both print the float32 that they were given, in as many digits as they like. */
const TOLERANCE = 1e-6;

/**
 * Throws unless two lists of files, CSV with a heading each or JSON lines, hold the same rows in the same order; numbers
 * are compared, names are not. Returns how many rows there are.
 */
export async function expectSameOutputs(actual: readonly string[], expected: readonly string[]): Promise<number> {
  const [ours, theirs] = [rowsOf(actual), rowsOf(expected)];
  for (let row = 0; ; row++) {
    const [one, other] = await Promise.all([ours.next(), theirs.next()]);
    if (one.done && other.done) return row;
    if (one.done || other.done) throw new Error(`${one.done ? 'ours' : 'theirs'} end after ${row} rows`);
    if (!same(one.value, other.value)) {
      throw new Error(`row ${row} is ${one.value.join(', ')}, and theirs is ${other.value.join(', ')}`);
    }
  }
}

async function* rowsOf(paths: readonly string[]): AsyncGenerator<readonly number[], void, undefined> {
  for (const path of paths) {
    let isFirst = true;
    for await (const line of createInterface({ input: createReadStream(path, { highWaterMark: 2 ** 20 }) })) {
      const isHeading = isFirst && !line.startsWith('{') && Number.isNaN(Number(line.split(',')[0]));
      isFirst = false;
      if (!isHeading) yield line.startsWith('{') ? numbersIn(JSON.parse(line)) : line.split(',').map(Number);
    }
  }
}

const numbersIn = (value: unknown): number[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [Number(value)];

const same = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((value, i) => near(value, other[i] ?? Number.NaN));

const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
