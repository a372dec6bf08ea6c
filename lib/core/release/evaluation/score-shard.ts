import { PartStream } from '../../batch/part-stream.ts';
import { readDocument } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { RowEvent } from '../../scoring/rows.ts';
import type { Shard } from '../../scoring/shard.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';
import { AnswerReader } from './answers.ts';
import { type ChampionRows, OwnPass, sameTensors } from './champion.ts';
import { championLayout, layoutFor } from './columns.ts';
import { rowsIn } from './data.ts';
import { type Evaluation, evaluationOf, type EvaluationWorld } from './evaluation.ts';
import { planKey, receiptKey, spillKey } from './keys.ts';
import type { EvaluationPlan, PlannedSide } from './plan.ts';
import type { EvaluationReceipt } from './receipt.ts';
import { scoredRows } from './scored-rows.ts';
import { ShardRows } from './shard-rows.ts';

/**
 * Scores a shard of the held-out rows with challenger and champion, unless it is scored: rows into a spill, then counts and
 * sums into a receipt. It may die anywhere and be done again, also by two at once. Throws `evaluation.slices`, `input.changed`.
 */
export async function scoreEvaluationShard(world: ReleaseWorld, release: Release, shard: Shard): Promise<object> {
  if (await world.store.get(receiptKey(release.release, shard.index))) return {};
  const evaluation = await evaluationOf(world, release);
  if (evaluation) await scoreShard(world, evaluation, shard);
  return {};
}

/** The same without a release. */
export async function scoreShard(world: EvaluationWorld, evaluation: Evaluation, shard: Shard): Promise<void> {
  const { store } = world;
  const plan = await readPlan(world, evaluation.id);
  const spill = new PartStream(store, spillKey(evaluation.id, shard.index));
  const rows = new ShardRows(plan, layoutFor(evaluation.challenger, plan.data, evaluation.options), (bytes) =>
    spill.send(bytes),
  );
  try {
    await scoreInto(world, evaluation, { plan, shard, rows });
  } catch (error) {
    await spill.abandon(error);
    throw error;
  }
  const written = rows.good > 0 ? await spill.end() : undefined;
  await writeReceipt(world, receiptKey(evaluation.id, shard.index), {
    format: 1,
    shard: shard.index,
    rows: rows.good + rows.bad,
    good: rows.good,
    reasons: rows.reasons,
    missing: rows.missing,
    ...(written && { spill: written }),
    tallies: rows.tallies.all,
    slices: rows.tallies.slices,
  });
}

/** Throws `evaluation.missing`. */
export async function readPlan({ store }: Pick<EvaluationWorld, 'store'>, id: string): Promise<EvaluationPlan> {
  const plan = await readDocument<EvaluationPlan>(store, planKey(id));
  if (plan) return plan;
  throw new OnnwardError(`Nothing was evaluated for ${id}.`, {
    code: 'evaluation.missing',
    kind: 'not-found',
    fix: "Say in 'evaluation' which held-out rows a version is judged on, and begin the release anew.",
    fields: { id },
  });
}

interface Task {
  readonly plan: EvaluationPlan;
  readonly shard: Shard;
  readonly rows: ShardRows;
}

async function scoreInto(world: EvaluationWorld, evaluation: Evaluation, { plan, shard, rows }: Task): Promise<void> {
  const { challenger: manifest, options } = evaluation;
  const source = { reader: await rowsIn(world, plan.data.store), input: plan.data };
  const read = (layout: RowLayout, batchRows: number): AsyncIterable<RowEvent> =>
    world.formats[plan.data.format].rows(source, { part: shard.part, layout, batchRows });
  const reader = readerOf(plan, plan.challenger);
  const champion = await championOf(world, evaluation, plan, read);
  const { challenger: side, champion: other, shared } = plan;
  const batchRows = shared && other ? Math.min(side.batchRows, other.batchRows) : side.batchRows;
  try {
    const events = scoredRows(read(layoutFor(manifest, source.input, options), batchRows), await world.model(manifest));
    for await (const event of events) {
      if ('bad' in event) {
        rows.refuse(event.bad.code);
        continue;
      }
      const { batch, numbers, outputs } = event.scored;
      const answers = reader.read(outputs, batch.rows);
      const theirs = await champion?.answer(numbers, batch);
      await rows.add({ batch, challenger: answers, ...(theirs && { champion: theirs }) });
    }
    await rows.flush();
  } finally {
    await champion?.close();
  }
}

const readerOf = ({ classes }: EvaluationPlan, { prediction }: PlannedSide): AnswerReader =>
  new AnswerReader(prediction, classes.length);

async function championOf(
  world: EvaluationWorld,
  { champion: manifest, options }: Evaluation,
  plan: EvaluationPlan,
  read: (layout: RowLayout, batchRows: number) => AsyncIterable<RowEvent>,
): Promise<ChampionRows | undefined> {
  if (!manifest || !plan.champion) return undefined;
  const model = await world.model(manifest);
  const reader = readerOf(plan, plan.champion);
  if (plan.shared) return sameTensors(model, reader, plan.classes.length);
  const rows = read(championLayout(manifest, plan.data, options), plan.champion.batchRows);
  return new OwnPass(rows, model, reader, plan.classes.length);
}

/** On one line: matrices of many classes are long. The first one stands. */
async function writeReceipt({ store }: EvaluationWorld, key: string, receipt: EvaluationReceipt): Promise<void> {
  try {
    await store.put(key, Buffer.from(`${JSON.stringify(receipt)}\n`), { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}
