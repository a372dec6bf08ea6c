import { bucketsOf, quantileInterval } from '../../evaluation/statistics/quantiles.ts';
import { concatenateRows, type Tensor } from '../../model/tensor.ts';
import type { LoadedModel } from '../../ports.ts';
import { fixedRows } from '../../scoring/batch-rows.ts';
import type { Contender } from './contenders.ts';
import type { Cost, Measured } from './document.ts';

/** Rounds that a median is made of: with seven, an interval of 95 % has ends. */
const ROUNDS = { least: 7, most: 25 };
/** Runs of a model in a round, whose median is the round's. */
const MOST_RUNS = 20;
/** Milliseconds that each of the three may take, about, all models together. */
const BUDGET_MS = 6_000;
const WARM_RUNS = 5;
/** Rows of a batch. */
const BATCH = 32;

/** Measures models beside each other, by turns, so that whatever else the machine does is shared fairly. `requests`: one row each. */
export async function measureCosts(
  now: () => number,
  contenders: readonly Contender[],
  requests: readonly (readonly Tensor[])[],
): Promise<Cost[]> {
  const one = await latencies(now, contenders, requests);
  const batch = batchOf(contenders, requests);
  const many = batch && (await latencies(now, contenders, [batch]).catch(() => undefined));
  const loads = await inRounds(now, contenders.length, async (index) => [
    await loadTime(now, contenders[index] as Contender),
  ]);
  return contenders.map(({ bytes, gzipBytes }, index) => ({
    latency: one[index] as Measured,
    ...(many && { batch: { ...(many[index] as Measured), rows: BATCH } }),
    load: loads[index] as Measured,
    bytes,
    gzipBytes,
  }));
}

/** Undefined where the graph says how many rows it takes. */
function batchOf(contenders: readonly Contender[], requests: readonly (readonly Tensor[])[]): Tensor[] | undefined {
  const signature = contenders[0]?.model.signature;
  const [first] = requests;
  if (!signature || !first || fixedRows(signature) !== undefined) return undefined;
  const rows = Array.from({ length: BATCH }, (_, row) => requests[row % requests.length] as readonly Tensor[]);
  try {
    return first.map((_, input) => concatenateRows(rows.map((row) => row[input] as Tensor)));
  } catch {
    return undefined;
  }
}

async function latencies(
  now: () => number,
  contenders: readonly Contender[],
  requests: readonly (readonly Tensor[])[],
): Promise<Measured[]> {
  const perRound = BUDGET_MS / ROUNDS.most / contenders.length;
  const runs: number[] = [];
  for (const { model } of contenders) runs.push(await runsWithin(now, model, requests, perRound));
  return inRounds(now, contenders.length, (index, round) =>
    timesOf(now, (contenders[index] as Contender).model, requests, round, runs[index] as number),
  );
}

/** How many runs fit into so many milliseconds; the model is warm then. */
async function runsWithin(
  now: () => number,
  model: LoadedModel,
  requests: readonly (readonly Tensor[])[],
  ms: number,
): Promise<number> {
  const times = await timesOf(now, model, requests, 0, WARM_RUNS);
  const least = Math.max(1e-6, Math.min(...times));
  return Math.min(MOST_RUNS, Math.max(1, Math.floor(ms / least)));
}

async function timesOf(
  now: () => number,
  model: LoadedModel,
  requests: readonly (readonly Tensor[])[],
  first: number,
  runs: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const inputs = requests[(first * runs + run) % requests.length] as readonly Tensor[];
    const started = now();
    await model.infer(inputs);
    times.push(now() - started);
  }
  return times;
}

/** From files that are in the memory of the operating system by now: what is read from a disk or a bucket comes on top. */
async function loadTime(now: () => number, contender: Contender): Promise<number> {
  const started = now();
  const model = await contender.open();
  const took = now() - started;
  await model.close();
  return took;
}

/** Round after round, each beginning with another model, within the budget. */
async function inRounds(
  now: () => number,
  count: number,
  timesIn: (index: number, round: number) => Promise<readonly number[]>,
): Promise<Measured[]> {
  const medians = Array.from({ length: count }, (): number[] => []);
  const begun = now();
  for (let round = 0; round < ROUNDS.most && (round < ROUNDS.least || now() - begun < BUDGET_MS); round++) {
    for (let turn = 0; turn < count; turn++) {
      const index = (turn + round) % count;
      (medians[index] as number[]).push(medianOf(await timesIn(index, round)));
    }
  }
  return medians.map((rounds) => {
    const { value, low, high } = quantileInterval(bucketsOf(rounds), 0.5);
    return { value, low, high };
  });
}

const medianOf = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] as number;
