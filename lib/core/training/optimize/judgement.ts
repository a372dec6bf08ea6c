import { OnnwardError } from '../../errors.ts';
import { decodeGolden, syntheticInputs } from '../../model/golden.ts';
import { splitRows, type Tensor } from '../../model/tensor.ts';
import { layoutFor } from '../../release/evaluation/columns.ts';
import { findData, rowsIn } from '../../release/evaluation/data.ts';
import type { EvaluationWorld } from '../../release/evaluation/evaluation.ts';
import { MemoryStore } from '../../release/evaluation/memory-store.ts';
import type { EvaluationReport } from '../../release/evaluation/report.ts';
import type { EvaluationOptions } from '../../release/options.ts';
import { fixedRows } from '../../scoring/batch-rows.ts';
import type { TrainingWorld } from '../world.ts';
import { type AskedRows, heldOutRows, recordedRows } from './asked-rows.ts';
import { comparisonsOf } from './comparisons.ts';
import type { Contender } from './contenders.ts';
import type { Estimated, Fidelity, GuardAnswer, Quality } from './document.ts';
import { evaluate, type Evaluated } from './evaluate.ts';
import { fidelitiesOf } from './fidelity.ts';
import { NO_TRUTH, qualityGuards } from './guards.ts';
import { estimate } from './quality.ts';
import { shareOf } from './row-names.ts';
import type { Settings } from './settings.ts';
import { withoutRows } from './without-rows.ts';

/** Rows that are judged on: of more, so many by what is in them. It takes a loss of a hundredth apart from chance many times over. */
const MOST_ROWS = 20_000;
/** Rows that latencies are measured with. */
const REQUESTS = 50;

/** What rows say of one variant. */
export interface Judged {
  readonly outputs: readonly Fidelity[];
  readonly guards: readonly GuardAnswer[];
  readonly quality?: Quality;
  readonly estimated?: Estimated;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Judgement {
  readonly rows: number;
  readonly labelled: boolean;
  readonly original?: Estimated;
  /** In the order of the variants. */
  readonly variants: readonly Judged[];
  /** Inputs of single rows, to measure with. */
  readonly requests: readonly (readonly Tensor[])[];
  readonly notes: readonly string[];
}

/** The models, and what they are judged by. */
export interface Trial {
  readonly original: Contender;
  readonly variants: readonly Contender[];
  readonly settings: Settings;
}

const ID = 'optimization';

/** On held-out rows, without those that a calibration has seen (`seen`, by their names). Throws `evaluation.*`, `input.*`. */
export async function judgeHeldOut(
  world: TrainingWorld,
  trial: Trial,
  options: EvaluationOptions,
  seen: ReadonlySet<string>,
): Promise<Judgement> {
  const { original, variants, settings } = trial;
  const { manifest, model } = original;
  const { place, notes } = await placesFor(world, trial, options, seen);
  const alone = place();
  const rest = { id: ID, options, allowBreaking: false };
  const { plan, report, rows: judged } = await evaluate(alone, { ...rest, challenger: manifest });
  const sides: Side[] = [];
  for (const { manifest: challenger } of variants) {
    sides.push(await sideOf(() => evaluate(place(), { ...rest, challenger, champion: manifest }), settings));
  }
  const batchRows = Math.min(plan.challenger.batchRows, ...sides.map((side) => side.batchRows));
  const where = { id: ID, plan, layout: layoutFor(manifest, plan.data, options) };
  const rows = (): AsyncIterable<AskedRows> => heldOutRows(alone, where, model, batchRows);
  const fidelities = await fidelitiesOf(rows, variants, (sample) =>
    comparisonsOf(manifest, sample, plan.challenger.prediction),
  );
  const requests = await requestsOf(rows(), original);
  return {
    rows: judged.count,
    labelled: true,
    original: estimate(judged, 'challenger'),
    variants: sides.map((side, index) => ({ ...side, outputs: fidelities.variants[index] ?? [] })),
    requests: requests.length > 0 ? requests : recordedRequests(original),
    notes: [...notesOf(report), ...notes],
  };
}

/** What evaluations stand on: the rows that may be judged on, models that are open, and a store in memory for each. */
async function placesFor(
  world: TrainingWorld,
  { original, variants }: Trial,
  { data }: EvaluationOptions,
  seen: ReadonlySet<string>,
): Promise<{ readonly place: () => EvaluationWorld; readonly notes: readonly string[] }> {
  const input = await findData(world, data);
  const { rows } = await world.formats[input.format].survey({ reader: await rowsIn(world, input.store), input });
  const share = Math.min(1, MOST_ROWS / Math.max(1, rows));
  const formats = withoutRows(world.formats, (name) => seen.has(name) || shareOf(name) >= share);
  const models = new Map([original, ...variants].map(({ manifest, model }) => [manifest.name, model]));
  const place = (): EvaluationWorld => ({
    store: new MemoryStore(world.store.url),
    formats,
    inputs: (url) => world.inputs(url),
    model: ({ name }) => Promise.resolve(models.get(name) as Contender['model']),
    now: world.now,
    concurrency: 1,
  });
  return { place, notes: share < 1 ? [`Of about ${rows} held-out rows, ${MOST_ROWS} are judged on.`] : [] };
}

type Side = Omit<Judged, 'outputs'> & { readonly batchRows: number };

/** A variant whose answers are no predictions any more is no reason to stop: it fails. */
async function sideOf(made: () => Promise<Evaluated>, settings: Settings): Promise<Side> {
  try {
    const { rows, report, plan } = await made();
    return {
      ...qualityGuards(rows, settings),
      estimated: estimate(rows, 'challenger'),
      metrics: numbersOf(report.challenger.metrics),
      batchRows: Math.min(plan.challenger.batchRows, plan.champion?.batchRows ?? Infinity),
    };
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.code !== 'evaluation.prediction') throw error;
    const guard: GuardAnswer = { guard: 'quality', verdict: 'fail', sentence: error.message };
    return { guards: [guard], metrics: {}, batchRows: 1 };
  }
}

const numbersOf = (metrics: Readonly<Record<string, number | null>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== null));

function notesOf({ quality, notes = [] }: EvaluationReport): string[] {
  const { bad, rows, reasons } = quality;
  const why = Object.entries(reasons).map(([code, count]) => `${code} ${count}`);
  return [...(bad === 0 ? [] : [`${bad} of ${rows} held-out rows cannot be used: ${why.join(', ')}.`]), ...notes];
}

/** On recorded questions alone, in JSON: how good a variant is nobody knows then. */
export async function judgeRecorded(
  world: TrainingWorld,
  { original, variants }: Trial,
  lines: readonly string[],
): Promise<Judgement> {
  const rows = (): AsyncIterable<AskedRows> => recordedRows(world, lines, original.model);
  const fidelities = await fidelitiesOf(rows, variants, (sample) =>
    comparisonsOf(original.manifest, sample, undefined),
  );
  return {
    rows: fidelities.rows,
    labelled: false,
    variants: fidelities.variants.map((outputs) => ({ outputs, guards: [NO_TRUTH], metrics: {} })),
    requests: recordedRequests(original),
    notes: [],
  };
}

function recordedRequests({ manifest: { golden, signature } }: Contender): (readonly Tensor[])[] {
  const recorded = decodeGolden(golden, signature).map(({ inputs }) => inputs);
  return recorded.length > 0 ? recorded : [syntheticInputs(signature)];
}

/** The first rows one by one, or as many together as the graph takes. */
async function requestsOf(rows: AsyncIterable<AskedRows>, { model: { signature } }: Contender): Promise<Tensor[][]> {
  const isFixed = fixedRows(signature) !== undefined;
  const requests: Tensor[][] = [];
  for await (const { inputs = [], rows: count } of rows) {
    const copies = inputs.map((tensor) => ({ ...tensor, data: tensor.data.slice() }));
    if (isFixed) requests.push(copies);
    else for (let row = 0; row < count; row++) requests.push(copies.map((tensor) => rowOf(tensor, row)));
    if (requests.length >= REQUESTS) break;
  }
  return requests.slice(0, REQUESTS);
}

function rowOf(tensor: Tensor, row: number): Tensor {
  const all = tensor.shape[0] as number;
  return splitRows(tensor, [row, 1, all - row - 1])[1] as Tensor;
}
