import type { Bar } from '../bars.ts';
import { median, ratios, spread, type Spread } from '../statistics.ts';
import { type Contender, ORIGINS, type Origin } from './contenders.ts';
import type { Cell, ColdStarts, Model } from './results.ts';

const BEGIN = '<!-- results: written by `npm run bench:cold-start -- --full` -->';
const END = '<!-- end of results -->';

/** How many times as long the Python function may need at least. */
const BAR = 1.5;

const TITLES: Readonly<Record<Contender, string>> = { onnward: 'Onnward', python: 'Python' };
const ORIGIN_TITLES: Readonly<Record<Origin, string>> = { s3: 'from S3', baked: 'beside the code' };

interface Pair {
  readonly origin: Origin;
  readonly model: Model;
  readonly onnward: Cell;
  readonly python: Cell;
}

/** Both contenders of each kind of start, in the order in which they were measured. */
const pairsOf = ({ cells }: Pick<ColdStarts, 'cells'>): Pair[] =>
  cells
    .filter(({ contender }) => contender === 'onnward')
    .flatMap((onnward) => {
      const { origin, model } = onnward;
      const python = cells.find(
        (cell) => cell.contender === 'python' && cell.origin === origin && cell.model === model,
      );
      return python ? [{ origin, model, onnward, python }] : [];
    });

/** Python's time over ours, for each model, where it comes from S3: the way in which models are deployed. */
export const barsOf = (results: Pick<ColdStarts, 'cells'>): Bar[] =>
  pairsOf(results)
    .filter(({ origin }) => origin === 's3')
    .map(({ origin, model, onnward, python }) => {
      const measured = ratios(python.answered, onnward.answered);
      return {
        what: `start to first answer against Python, ${model} ${ORIGIN_TITLES[origin]}`,
        wanted: `at least ${BAR}x`,
        limit: BAR,
        measured,
        unit: 'x',
        met: measured.median >= BAR,
      };
    });

/** The README of this folder, with its tables made anew; throws where the markers are gone. */
export function renderReadme(readme: string, results: ColdStarts): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README lacks ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${renderResults(results)}\n${readme.slice(end)}`;
}

/** Conditions, bars and tables, as the README has them. */
export const renderResults = (results: ColdStarts): string =>
  [
    renderConditions(results),
    '### The bars',
    renderBars(results),
    '### Milliseconds from the start of the process to the first answer',
    renderTotals(results),
    '### Where they go',
    'Milliseconds since the start of the process at which a median start was so far.',
    renderParts(results),
    ...(results.emulated.length > 0 ? ['### Through the runtime interface emulator', renderEmulated(results)] : []),
  ].join('\n\n');

function renderConditions({ date, machine, versions, rounds }: ColdStarts): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, of which a function has one; ${machine.os}; load before the first round ${machine.load}.`,
    `${rounds} rounds; each number is the median, the least and the most in brackets.`,
    `${list.join(', ')}.`,
  ].join('\n');
}

function renderTotals(results: ColdStarts): string {
  const rows = pairsOf(results).map(({ origin, model, onnward, python }) => [
    `${model}, ${ORIGIN_TITLES[origin]}`,
    shown(spread(onnward.answered)),
    shown(spread(python.answered)),
    shown(ratios(python.answered, onnward.answered), 2),
    `${megabytes(onnward)} / ${megabytes(python)}`,
  ]);
  return table(['', 'Onnward', 'Python', 'times as long', 'peak MB'], rows);
}

/** What each mark says, in the order in which they come for Python; for us the third and the fourth overlap. */
const PARTS: readonly (readonly [mark: string, title: string])[] = [
  ['begin', 'runtime is up'],
  ['asked', 'S3 is asked'],
  ['imported', 'code is loaded'],
  ['brought', 'files are here'],
  ['loaded', 'session is made'],
  ['ready', 'function is ready'],
  ['answered', 'first answer'],
];

function renderParts({ cells }: ColdStarts): string {
  const rows = ORIGINS.flatMap((origin) =>
    cells
      .filter((cell) => cell.origin === origin)
      .map(({ contender, model, marks }) => [
        `${TITLES[contender]}, ${model}, ${ORIGIN_TITLES[origin]}`,
        ...PARTS.map(([mark]) => partOf(marks.flatMap((one) => one[mark] ?? []))),
      ]),
  );
  return table(['', ...PARTS.map(([, title]) => title)], rows);
}

const partOf = (times: readonly number[]): string => (times.length === 0 ? '' : median(times).toFixed(0));

function renderEmulated({ emulated }: ColdStarts): string {
  const rows = emulated.map(({ contender, model, cold, warm }) => [
    `${TITLES[contender]}, ${model}, ${ORIGIN_TITLES.s3}`,
    shown(spread(cold)),
    shown(spread(warm), 1),
  ]);
  return table(['', 'ms from its start to the first answer', 'ms of a later answer'], rows);
}

/** Each bar with what was measured. */
const renderBars = (results: Pick<ColdStarts, 'cells'>): string =>
  table(
    ['what', 'wanted', 'measured', 'met'],
    barsOf(results).map(({ what, wanted, measured, met }) => [
      what,
      wanted,
      shown(measured, 2),
      met ? 'yes' : '**no**',
    ]),
  );

const megabytes = ({ memory }: Cell): string => String(Math.round(median(memory) / 1e6));

const shown = ({ median: middle, least, most }: Spread, digits = 0): string =>
  `${middle.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;

const line = (fields: readonly string[]): string => `| ${fields.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
