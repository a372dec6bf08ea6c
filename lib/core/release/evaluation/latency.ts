import type { Tensor } from '../../model/tensor.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { LoadedModel } from '../../ports.ts';
import { fixedRows } from '../../scoring/batch-rows.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { Shard } from '../../scoring/shard.ts';
import { rowsIn } from './data.ts';
import { championLayout, layoutFor } from './columns.ts';
import type { Evaluation, EvaluationWorld } from './evaluation.ts';
import type { EvaluationPlan } from './plan.ts';

/** Requests of each version: what a bound on the p99 takes at a confidence of 95 %, log(0.05) / log(0.99) = 299. */
const REQUESTS = 300;
/** Milliseconds that all of it may take, about; and those of the requests before it, which are not counted. */
const BUDGET_MS = 30_000;
const WARM_MS = 500;
const WARM_REQUESTS = 20;
/** Different rows that are asked, and their bytes. */
const ROWS = 100;
const ROW_BYTES = 16 * 2 ** 20;

/** Milliseconds of each request, in the order in which they were taken. */
export interface MeasuredLatencies {
  readonly challenger: readonly number[];
  readonly champion?: readonly number[];
}

interface Contender {
  readonly model: LoadedModel;
  readonly requests: readonly (readonly Tensor[])[];
  readonly times: number[];
}

/** Asks both versions for one held-out row at a time, by turns, so that whatever else the machine does is shared fairly. */
export async function measureLatencies(
  world: EvaluationWorld,
  { challenger, champion, options }: Evaluation,
  plan: EvaluationPlan,
  shards: readonly Shard[],
): Promise<MeasuredLatencies> {
  const mine = await contender(world, challenger, plan, shards, layoutFor(challenger, plan.data, options));
  const layout = champion && plan.champion && championLayout(champion, plan.data, options);
  const theirs = layout && (await contender(world, champion, plan, shards, layout));
  const contenders = [mine, ...(theirs ? [theirs] : [])].filter(({ requests }) => requests.length > 0);
  for (const { model, requests } of contenders) await warmUp(world, model, requests);
  const begun = world.now();
  for (let turn = 0; turn < REQUESTS && world.now() - begun < BUDGET_MS; turn++) {
    for (const one of turn % 2 === 0 ? contenders : contenders.toReversed())
      one.times.push(await timeOf(world, one, turn));
  }
  return { challenger: mine.times, ...(theirs && { champion: theirs.times }) };
}

async function timeOf({ now }: EvaluationWorld, { model, requests }: Contender, turn: number): Promise<number> {
  const inputs = requests[turn % requests.length] as readonly Tensor[];
  const started = now();
  await model.infer(inputs);
  return now() - started;
}

async function warmUp({ now }: EvaluationWorld, model: LoadedModel, requests: Contender['requests']): Promise<void> {
  const begun = now();
  for (let turn = 0; turn < WARM_REQUESTS && now() - begun < WARM_MS; turn++) {
    await model.infer(requests[turn % requests.length] as readonly Tensor[]);
  }
}

/** A version with the first held-out rows that it does not refuse. */
async function contender(
  world: EvaluationWorld,
  manifest: Manifest,
  plan: EvaluationPlan,
  shards: readonly Shard[],
  layout: RowLayout,
): Promise<Contender> {
  const { data } = plan;
  const model = await world.model(manifest);
  const source = { reader: await rowsIn(world, data.store), input: data };
  const batchRows = fixedRows(manifest.signature) ?? 1;
  const requests: (readonly Tensor[])[] = [];
  let bytes = 0;
  for (const { part } of shards) {
    for await (const event of world.formats[data.format].rows(source, { part, layout, batchRows })) {
      if ('bad' in event) continue;
      const inputs = event.batch.inputs.map((tensor) => ({ ...tensor, data: tensor.data.slice() }));
      if (!(await isAnswered(model, inputs))) continue;
      requests.push(inputs);
      bytes += inputs.reduce((sum, { data: { length } }) => sum + 8 * length, 0);
      if (requests.length === ROWS || bytes > ROW_BYTES) return { model, requests, times: [] };
    }
  }
  return { model, requests, times: [] };
}

const isAnswered = (model: LoadedModel, inputs: readonly Tensor[]): Promise<boolean> =>
  model.infer(inputs).then(
    () => true,
    () => false,
  );
