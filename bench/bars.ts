import type { Encoding, ModelName } from './cases.ts';
import type { BareRun, Cell, Results } from './results.ts';
import { ratios, spread, type Spread } from './statistics.ts';

/** One number that the project set itself, and what was measured. */
export interface Bar {
  readonly what: string;
  /** With its unit, as a person reads it: `at least 4x`. */
  readonly wanted: string;
  readonly limit: number;
  readonly measured: Spread;
  readonly unit: 'x' | 'us' | '%';
  readonly met: boolean;
}

const atLeast = (what: string, limit: number, measured: Spread): Bar => ({
  what,
  limit,
  measured,
  unit: 'x',
  wanted: `at least ${limit}x`,
  met: measured.median >= limit,
});

const atMost = (what: string, limit: number, unit: Bar['unit'], measured: Spread): Bar => ({
  what,
  limit,
  measured,
  unit,
  wanted: `at most ${limit}${unit === 'x' ? '' : ' '}${unit}`,
  met: measured.median <= limit,
});

/** Every bar that the results have the cells for. */
export const barsOf = (results: Results): Bar[] => [
  ...throughputBars(results),
  ...latencyBars(results),
  ...tailBars(results),
  ...memoryBars(results),
  ...startBars(results),
  ...loadingBars(results),
];

type Key = readonly [server: string, model: ModelName, encoding: Encoding, concurrency: number, workers: number];

const cellOf = (results: Results, [server, model, encoding, concurrency, workers]: Key): Cell | undefined =>
  results.cells.find(
    (cell) =>
      cell.server === server &&
      cell.model === model &&
      cell.encoding === encoding &&
      cell.concurrency === concurrency &&
      cell.workers === workers,
  );

type Floor = readonly [server: string, model: ModelName, encoding: Encoding, workers: number, floor: number];

const OTHERS = ['mlserver', 'kserve', 'litserve', 'bentoml'];

const FLOORS: readonly Floor[] = [
  ['fastapi', 'iris', 'json', 1, 4],
  ['fastapi', 'mlp', 'json', 1, 2.5],
  ['fastapi', 'mlp', 'binary', 1, 4],
  ['fastapi', 'cnn', 'binary', 1, 1.2],
  ['fastapi', 'cnn', 'binary', 2, 1.15],
  ...OTHERS.flatMap((server): Floor[] => [
    [server, 'iris', 'json', 1, 8],
    [server, 'mlp', 'json', 1, 8],
    [server, 'cnn', 'json', 1, 1.4],
  ]),
];

function throughputBars(results: Results): Bar[] {
  return FLOORS.flatMap(([server, model, encoding, workers, floor]) => {
    const ours = cellOf(results, ['onnward', model, encoding, 16, workers]);
    const theirs = cellOf(results, [server, model, encoding, 16, workers]);
    if (!ours || !theirs) return [];
    const measured = ratios(perSecond(ours), perSecond(theirs));
    const cores = workers === 1 ? '' : `, ${workers} cores each`;
    const what = `requests/s against ${server}, ${model} ${encoding}, 16 at once${cores}`;
    return [atLeast(what, floor, measured)];
  });
}

const perSecond = ({ rounds }: Cell): number[] => rounds.map((sample) => sample.perSecond);

/** Most microseconds that one request at a time may wait above a bare run. */
const ADDED: Readonly<Record<Encoding, number>> = { json: 120, binary: 100 };
const ADDED_PERCENT = 30;

function latencyBars(results: Results): Bar[] {
  return (['iris', 'mlp', 'cnn'] as const).flatMap((model) =>
    (['json', 'binary'] as const).flatMap((encoding): Bar[] => {
      const cell = cellOf(results, ['onnward', model, encoding, 1, 1]);
      const bare = bareOf(results, model, encoding);
      if (!cell || !bare || (model === 'cnn' && encoding === 'json')) return [];
      const added = cell.rounds.map(({ p50 }, i) => p50 - (bare.rounds[i] ?? Number.NaN));
      const what = `p50 added over bare ONNX Runtime, ${model} ${encoding}, one at a time`;
      if (model === 'cnn') {
        const measured = spread(added.map((value, i) => (value / (bare.rounds[i] ?? Number.NaN)) * 100));
        return [atMost(what, ADDED_PERCENT, '%', measured)];
      }
      return [atMost(what, ADDED[encoding], 'us', spread(added))];
    }),
  );
}

const bareOf = (results: Results, model: ModelName, encoding: Encoding): BareRun | undefined =>
  results.bare.find((run) => run.runtime === 'node' && run.model === model && run.encoding === encoding);

function tailBars(results: Results): Bar[] {
  return results.cells
    .filter(({ server, concurrency }) => server === 'onnward' && concurrency === 16)
    .flatMap((ours): Bar[] => {
      const theirs = cellOf(results, ['fastapi', ours.model, ours.encoding, 16, ours.workers]);
      if (!theirs) return [];
      const measured = ratios(p99(ours), p99(theirs));
      const cores = ours.workers === 1 ? '' : `, ${ours.workers} cores each`;
      const what = `p99 against fastapi, ${ours.model} ${ours.encoding}, 16 at once${cores}`;
      return [atMost(what, 1, 'x', measured)];
    });
}

const p99 = ({ rounds }: Cell): number[] => rounds.map((sample) => sample.p99);

const GROWTH_PERCENT = 5;

function memoryBars(results: Results): Bar[] {
  return results.memory.flatMap(({ server, model, after }): Bar[] => {
    const [first, last] = [after[0], after.at(-1)];
    if (!first || !last || first === last) return [];
    const measured = spread([(last.bytes / first.bytes - 1) * 100]);
    const what = `memory growth of ${server}, ${model}, after ${last.requests} requests against after ${first.requests}`;
    return [atMost(what, GROWTH_PERCENT, '%', measured)];
  });
}

function startBars({ start }: Results): Bar[] {
  const ours = start.find(({ name }) => name === 'onnward');
  if (!ours) return [];
  return start
    .filter((theirs) => theirs !== ours)
    .map(({ name, rounds }) => {
      const measured = ratios(ours.rounds, rounds);
      const what = `start to the first answer against ${name}, large`;
      return atMost(what, 1, 'x', measured);
    });
}

const LOADING = 1.15;

function loadingBars({ loading }: Results): Bar[] {
  const [bare, engine] = ['bare', 'engine'].map((name) => loading.find((one) => one.name === name));
  if (!bare || !engine) return [];
  const measured = ratios(engine.rounds, bare.rounds);
  const what = 'load with its hash check against a bare session, large';
  return [atMost(what, LOADING, 'x', measured)];
}
