import { barsOf, type Bar } from './bars.ts';
import { MODELS, type Encoding, type ModelName } from './cases.ts';
import type { Cell, Results, Sample } from './results.ts';
import { SERVERS } from './servers.ts';
import { median, ratios, spread, type Spread } from './statistics.ts';

const BEGIN = '<!-- results: written by `npm run bench -- --full` -->';
const END = '<!-- end of results -->';

/** The benchmark's README with its tables made anew from the results; throws where the markers are gone. */
export const renderReadme = (readme: string, results: Results): string => between(readme, renderResults(results));

/** The project's README with the ratios alone. */
export const renderComparison = (readme: string, results: Results): string => between(readme, renderRatios(results));

function between(readme: string, text: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README lacks ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${text}\n${readme.slice(end)}`;
}

const renderResults = (results: Results): string =>
  [
    renderConditions(results),
    '### The bars',
    renderBars(results),
    '### Requests per second, 16 at once',
    renderCells(results, 16, ({ perSecond }) => perSecond, rate),
    '### How many times as many requests per second as each peer, 16 at once',
    renderRatios(results),
    '### Median latency, one at a time, ms',
    renderCells(results, 1, ({ p50 }) => p50 / 1000, milliseconds, bareRows(results)),
    '### 99th percentile of latency, 16 at once, ms',
    renderCells(results, 16, ({ p99 }) => p99 / 1000, milliseconds),
    '### Memory and starting',
    renderResources(results),
  ].join('\n\n');

function renderConditions({ date, machine, versions, plan }: Results): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.os}; load before the first round ${machine.load}.`,
    `${plan.rounds} rounds of ${plan.seconds} s; each number is the median, the least and the most in brackets.`,
    `${list.join(', ')}.`,
  ].join('\n');
}

/** Each bar with what was measured. */
export function renderBars(results: Results): string {
  const rows = barsOf(results).map(({ what, wanted, measured, unit, met }) => {
    return [what, wanted, measuredIn(unit, measured), met ? 'yes' : '**no**'];
  });
  return table(['what', 'wanted', 'measured', 'met'], rows);
}

const DECIMALS: Record<Bar['unit'], number> = { x: 2, us: 0, '%': 1 };

function measuredIn(unit: Bar['unit'], { median, least, most }: Spread): string {
  const [middle, low, high] = [median, least, most].map((value) => value.toFixed(DECIMALS[unit]));
  return `${middle}${unit === 'x' ? 'x' : ` ${unit}`}${least === most ? '' : ` (${low}-${high})`}`;
}

type Column = readonly [model: ModelName, encoding: Encoding];

const columnsOf = ({ cells }: Results): Column[] =>
  MODELS.flatMap((model) => (['json', 'binary'] as const).map((encoding): Column => [model, encoding])).filter(
    ([model, encoding]) => cells.some((cell) => cell.model === model && cell.encoding === encoding),
  );

const titleOf = (name: string): string => SERVERS.find((server) => server.name === name)?.title ?? name;

const rate = (value: number): string => Math.round(value).toLocaleString('en-US');
const milliseconds = (value: number): string => value.toFixed(value < 10 ? 3 : 1);

function renderCells(
  results: Results,
  concurrency: number,
  valueOf: (sample: Sample) => number,
  format: (value: number) => string,
  more: readonly (readonly string[])[] = [],
): string {
  const columns = columnsOf(results);
  const rows = rowsOf(results, concurrency).map(({ title, find }) => [
    title,
    ...columns.map((column) => {
      const cell = find(column);
      return cell ? withSpread(spread(cell.rounds.map(valueOf)), format) : '';
    }),
  ]);
  return table(['', ...columns.map((column) => column.join(' '))], [...rows, ...more]);
}

const withSpread = ({ median, least, most }: Spread, format: (value: number) => string): string =>
  `${format(median)} (${format(least)}-${format(most)})`;

/** A row for each server, and for each that was also given more cores. */
function rowsOf({ cells }: Results, concurrency: number) {
  const here = cells.filter((cell) => cell.concurrency === concurrency);
  const keys = new Map(here.map(({ server, workers }) => [`${server} ${workers}`, { server, workers }]));
  return [...keys.values()].map(({ server, workers }) => ({
    title: `${titleOf(server)}${workers > 1 ? `, ${workers} cores` : ''}`,
    find: ([model, encoding]: Column): Cell | undefined =>
      here.find((cell) => {
        return cell.server === server && cell.workers === workers && cell.model === model && cell.encoding === encoding;
      }),
  }));
}

const bareRows = (results: Results): string[][] =>
  (['node', 'python'] as const).map((runtime) => [
    `bare ONNX Runtime, ${runtime}`,
    ...columnsOf(results).map(([model, encoding]) => {
      const bare = results.bare.find((one) => {
        return one.runtime === runtime && one.model === model && one.encoding === encoding;
      });
      return bare ? withSpread(spread(bare.rounds.map((us) => us / 1000)), milliseconds) : '';
    }),
  ]);

function renderRatios(results: Results): string {
  const columns = columnsOf(results);
  const [ours, ...theirs] = rowsOf(results, 16).filter(({ title }) => !title.endsWith('cores'));
  const rows = theirs.map(({ title, find }) => [
    title,
    ...columns.map((column) => {
      const [a, b] = [ours?.find(column), find(column)];
      if (!a || !b) return '';
      const times = ratios(
        a.rounds.map(({ perSecond }) => perSecond),
        b.rounds.map(({ perSecond }) => perSecond),
      );
      return withSpread(times, (value) => value.toFixed(1));
    }),
  ]);
  return table(['', ...columns.map((column) => column.join(' '))], rows);
}

const megabytes = (bytes: number | undefined): string => (bytes === undefined ? '' : String(Math.round(bytes / 1e6)));

function renderResources({ memory, start, loading }: Results): string {
  const rows = start.map(({ name, rounds }) => [
    titleOf(name),
    megabytes(memory.find(({ server, model }) => server === name && model === 'mlp')?.after[0]?.bytes),
    withSpread(spread(rounds), rate),
  ]);
  const load = loading.map(({ name, rounds }) => `${name} ${Math.round(median(rounds))} ms`);
  return [
    table(['', 'MB after 10,000 requests, mlp', 'ms from start to the first answer, large'], rows),
    `Loading the large model in a fresh process: ${load.join(', ')}.`,
  ].join('\n\n');
}

const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
