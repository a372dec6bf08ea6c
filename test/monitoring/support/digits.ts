import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../repository/sources.ts';

const SIDE = 8;

/** A scanned digit: its pixels, row by row, from 0 to 1, and which one it is. */
export interface Scan {
  readonly pixels: readonly number[];
  readonly digit: string;
}

const [heading = '', ...lines] = readFileSync(join(root, 'trainers/data/digits/train.csv'), 'utf8').trim().split('\n');

const scans: readonly Scan[] = lines.map((line) => {
  const cells = line.split(',');
  return { pixels: cells.slice(0, -1).map(Number), digit: cells.at(-1) ?? '' };
});

/** Every second one is trained on, the others are what comes live: nobody has seen them. */
const [trained, live] = [0, 1].map((which) => scans.filter((_, index) => index % 2 === which)) as [Scan[], Scan[]];

/** So many of what comes live, from the `first` on. */
export const liveScans = (first: number, count: number): Scan[] =>
  Array.from({ length: count }, (_, index) => live[(first + index) % live.length] as Scan);

/** The paper lies a pixel further to the right. */
export const moved = ({ pixels, digit }: Scan): Scan => ({
  digit,
  pixels: pixels.map((_, at) => (at % SIDE === 0 ? 0 : (pixels[at - 1] as number))),
});

/** The rows to train on, and a few held out, as a person has them beside the configuration. */
export function writeTables(folder: string): void {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const write = (name: string, rows: readonly Scan[]): void =>
    writeFileSync(
      join(folder, 'data', name),
      [heading, ...rows.map(({ pixels, digit }) => [...pixels, digit].join(',')), ''].join('\n'),
    );
  write('train.csv', trained);
  write('heldout.csv', live.slice(-200));
}
