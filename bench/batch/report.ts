import type { Bar } from '../bars.ts';
import { ratios, spread, type Spread } from '../statistics.ts';
import type { Contender } from './contenders.ts';
import { INPUT_KINDS, type InputKind } from './inputs.ts';
import type { BatchResults, Cell } from './results.ts';

const BEGIN = '<!-- batch: written by `npm run bench:batch -- --full` -->';
const END = '<!-- end of batch -->';

const TITLES: Readonly<Record<Contender, string>> = {
  onnward: 'Onnward',
  bare: 'bare',
  'bare-write': 'bare, and writes',
  loop: 'bare, from memory',
  script: 'pandas script',
};

/** What the project set itself: kinds of input, another contender, and how many times its rows per second at least. */
const FLOORS: readonly (readonly [InputKind, Contender, number])[] = [
  ['iris.csv', 'bare', 0.8],
  ['iris.jsonl', 'bare', 0.8],
  ['mlp.csv', 'bare', 0.8],
  ['mlp.jsonl', 'bare', 0.8],
  ['iris.csv', 'bare-write', 0.8],
  ['iris.jsonl', 'bare-write', 0.8],
  ['mlp.csv', 'bare-write', 0.8],
  ['mlp.jsonl', 'bare-write', 0.8],
  ['cnn-bytes.parquet', 'loop', 0.8],
  ['cnn-lists.parquet', 'loop', 0.8],
  ['cnn-objects', 'loop', 0.8],
  ['iris.csv', 'script', 3],
  ['iris.jsonl', 'script', 3],
  ['iris.parquet', 'script', 3],
  ['mlp.csv', 'script', 3],
  ['mlp.jsonl', 'script', 3],
];

/** All processes of a job together, MiB. */
const MEMORY_LIMIT = 512;

const cellOf = ({ cells }: Pick<BatchResults, 'cells'>, kind: InputKind, contender: Contender): Cell | undefined =>
  cells.find((cell) => cell.kind === kind && cell.contender === contender);

type Measured = Omit<Bar, 'unit'> & { readonly unit: 'x' | 'MB' };

/** Every bar that the results have the cells for. */
export const barsOf = (results: Pick<BatchResults, 'cells' | 'large'>): Measured[] => [
  ...FLOORS.flatMap(([kind, contender, limit]) => speedBar(results, kind, contender, limit)),
  ...results.large.map(({ kind, megabytes, peak }): Measured => {
    const measured = spread([peak / 2 ** 20]);
    const what = `memory of a job over ${megabytes} MB, ${kind}`;
    return {
      what,
      limit: MEMORY_LIMIT,
      unit: 'MB',
      measured,
      wanted: `at most ${MEMORY_LIMIT} MiB`,
      met: measured.median <= MEMORY_LIMIT,
    };
  }),
];

function speedBar(
  results: Pick<BatchResults, 'cells'>,
  kind: InputKind,
  contender: Contender,
  limit: number,
): Measured[] {
  const [ours, theirs] = [cellOf(results, kind, 'onnward'), cellOf(results, kind, contender)];
  if (!ours || !theirs) return [];
  const measured = ratios(times(theirs), times(ours));
  const what = `rows/s against ${TITLES[contender]}, ${kind}`;
  return [{ what, limit, unit: 'x', measured, wanted: `at least ${limit}x`, met: measured.median >= limit }];
}

const times = ({ rounds }: Cell): number[] => rounds.map(({ seconds }) => seconds);

/** The README of the benchmark, with the tables of batch inference made anew; throws where the markers are gone. */
export function renderReadme(readme: string, results: BatchResults): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README lacks ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${renderResults(results)}\n${readme.slice(end)}`;
}

/** Conditions, bars and tables, as the README has them. */
export const renderResults = (results: BatchResults): string =>
  [
    renderConditions(results),
    '### The bars of batch inference',
    renderBars(results),
    '### Rows per second, from the start of the process to its end',
    renderCells(results, ({ rows, rounds }) =>
      withSpread(
        rounds.map(({ seconds }) => rows / seconds),
        0,
      ),
    ),
    '### Seconds, and without starts and the plan',
    renderCells(
      results,
      ({ rounds }) => `${seconds(rounds.map((one) => one.seconds))}, ${seconds(rounds.map((one) => one.scoring))}`,
    ),
    '### MiB of memory at most, of all processes together',
    renderCells(results, ({ rounds }) =>
      withSpread(
        rounds.map(({ peak }) => peak / 2 ** 20),
        0,
      ),
    ),
  ].join('\n\n');

function renderConditions({ date, machine, versions, rounds }: BatchResults): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.os}; load before the first round ${machine.load}.`,
    `${rounds} rounds; each number is the median, the least and the most in brackets.`,
    `${list.join(', ')}.`,
  ].join('\n');
}

/** Each bar with what was measured. */
export const renderBars = (results: Pick<BatchResults, 'cells' | 'large'>): string =>
  table(
    ['what', 'wanted', 'measured', 'met'],
    barsOf(results).map(({ what, wanted, measured, unit, met }) => [
      what,
      wanted,
      unit === 'x' ? shown(measured, 2) : `${measured.median.toFixed(0)} MiB`,
      met ? 'yes' : '**no**',
    ]),
  );

function renderCells(results: BatchResults, show: (cell: Cell) => string): string {
  const contenders = Object.keys(TITLES) as Contender[];
  const rows = INPUT_KINDS.filter((kind) => cellOf(results, kind, 'onnward')).map((kind) => [
    `${kind}, ${cellOf(results, kind, 'onnward')?.megabytes} MB`,
    ...contenders.map((contender) => {
      const cell = cellOf(results, kind, contender);
      return cell ? show(cell) : '';
    }),
  ]);
  return table(['', ...contenders.map((contender) => TITLES[contender])], rows);
}

const withSpread = (values: readonly number[], digits: number): string => shown(spread(values), digits);

const seconds = (values: readonly number[]): string => spread(values).median.toFixed(1);

const shown = ({ median, least, most }: Spread, digits: number): string =>
  `${number(median, digits)} (${number(least, digits)}-${number(most, digits)})`;

const number = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
