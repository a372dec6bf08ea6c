import { writeOnce, readDocument } from '../../documents.ts';
import { invalid, OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Source } from '../../scoring/format.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { Shard, ShardPart } from '../../scoring/shard.ts';
import { agreeOnClasses, type Agreed } from './agree.ts';
import { ClassIndex } from './classes.ts';
import { championLayout, checkColumns, layoutFor } from './columns.ts';
import { findData, rowsIn } from './data.ts';
import type { Evaluation, EvaluationWorld } from './evaluation.ts';
import { foundLabels } from './found-labels.ts';
import { planKey, shardsKey } from './keys.ts';
import type { EvaluationPlan, PlannedSide } from './plan.ts';
import { predictionOf, taskOf, type PredictionPlan } from './prediction.ts';
import { type Tried, tryRows } from './sample.ts';

/** Bytes of the input that a shard has: by its size alone, so that equal data are cut alike wherever they are evaluated. */
const SHARD_BYTES = { least: 256 * 1024, most: 64 * 2 ** 20 };
const SHARDS = 256;
/** Of a block of the spill, bytes and rows. */
const BLOCK = { bytes: 4 * 2 ** 20, most: 8192, least: 16 };

/**
 * Looks at the held-out rows, runs both versions over the first of them, cuts, and writes `shards.json` and then
 * `plan.json`; what is there already stands. `onRows` hears how many rows there are, where they were counted, and may throw.
 * Throws `evaluation.*`, `input.*`.
 */
export async function makePlan(
  world: EvaluationWorld,
  evaluation: Evaluation,
  onRows: (rows: number) => void = () => {},
): Promise<EvaluationPlan> {
  const { id, options } = evaluation;
  const there = await readDocument<EvaluationPlan>(world.store, planKey(id));
  if (there) return there;
  const source = await surveyed(world, evaluation, onRows);
  const parts = await partsOf(world, source, id);
  const sides = await trySides(world, evaluation, source, parts);
  const { challenger, champion } = sides;
  const task = taskOf(challenger.manifest, options, challenger.tried.sample);
  const found = () => foundLabels(world.formats[source.input.format], source, { layout: challenger.layout, parts });
  const predicted = [challenger, ...(champion ? [champion] : [])].map((side) => predictionIn(side, evaluation, task));
  const agreed = await agreeOnClasses(predicted[0] as PredictionPlan, predicted[1], found);
  const positive = positiveOf(agreed, options.positive);
  const shards = parts.map((part, index): Shard => ({ index, input: 0, part }));
  await writeOnce<readonly Shard[]>(world.store, shardsKey(id), shards);
  return writeOnce<EvaluationPlan>(world.store, planKey(id), {
    format: 1,
    data: source.input,
    task,
    classes: agreed.classes,
    ...(positive !== undefined && { positive }),
    slices: options.slices ?? [],
    challenger: plannedSide(challenger, agreed.challenger),
    ...(champion && agreed.champion && { champion: plannedSide(champion, agreed.champion) }),
    shared: champion !== undefined && isSame(challenger, champion),
    blockRows: blockRows(agreed, options.slices?.length ?? 0),
    shards: shards.length,
    notes: [...sides.notes, ...agreed.notes],
  });
}

async function surveyed(
  world: EvaluationWorld,
  { options }: Evaluation,
  onRows: (rows: number) => void,
): Promise<Source> {
  const input = await findData(world, options.data);
  const reader = await rowsIn(world, input.store);
  const { heading, width, rows, exact } = await world.formats[input.format].survey({ reader, input });
  const headed = { ...input, ...(heading && { heading }), ...(width !== undefined && { width }) };
  checkColumns(headed, options);
  if (exact) onRows(rows);
  return { reader, input: headed };
}

function partsOf(world: EvaluationWorld, source: Source, id: string): Promise<readonly ShardPart[]> {
  const { least, most } = SHARD_BYTES;
  const partBytes = Math.min(most, Math.max(least, Math.ceil(source.input.size / SHARDS)));
  return world.formats[source.input.format].cut(source, { partBytes, listKey: shardsKey(id) });
}

/** A version, how the rows become its input, and what came of the first. */
interface Side {
  readonly manifest: Manifest;
  readonly layout: RowLayout;
  readonly tried: Tried;
}

interface Sides {
  readonly challenger: Side;
  readonly champion?: Side;
  readonly notes: readonly string[];
}

async function trySides(
  world: EvaluationWorld,
  { challenger, champion, options, allowBreaking }: Evaluation,
  source: Source,
  parts: readonly ShardPart[],
): Promise<Sides> {
  const side = async (manifest: Manifest, layout: RowLayout): Promise<Side> => ({
    manifest,
    layout,
    tried: await tryRows(world, manifest, source, { layout, parts }),
  });
  const mine = await side(challenger, layoutFor(challenger, source.input, options));
  if (!champion) return { challenger: mine, notes: [] };
  try {
    return {
      challenger: mine,
      champion: await side(champion, championLayout(champion, source.input, options)),
      notes: [],
    };
  } catch (error) {
    if (!allowBreaking || !(error instanceof OnnwardError) || error.code !== 'evaluation.columns') throw error;
    return { challenger: mine, notes: [`The champion is not compared with: ${error.message}`] };
  }
}

/** An output that the options name is the challenger's; the champion need not have it. */
function predictionIn(
  { manifest, tried }: Side,
  { challenger, options }: Evaluation,
  task: EvaluationPlan['task'],
): PredictionPlan {
  const { output, ...rest } = options;
  const has = manifest.signature.outputs.some(({ name }) => name === output);
  const asked = manifest === challenger || has ? options : rest;
  return predictionOf(manifest, task, asked, tried.sample);
}

const plannedSide = ({ manifest, tried }: Side, prediction: PredictionPlan): PlannedSide => ({
  name: manifest.name,
  version: manifest.version,
  prediction,
  batchRows: tried.batchRows,
});

/** Whether each row is the same tensors for both. */
const isSame = ({ layout: a }: Side, { layout: b }: Side): boolean => tensorsOf(a) === tensorsOf(b);

const tensorsOf = ({ inputs }: RowLayout): string =>
  JSON.stringify(inputs.map(({ input, columns, rowShape }) => [input.datatype, input.shape[0], columns, rowShape]));

/** Of two classes the second, where nobody says. Throws `evaluation.positive`. */
function positiveOf({ classes }: Agreed, positive: string | undefined): number | undefined {
  if (positive === undefined) return classes.length === 2 ? 1 : undefined;
  const index = new ClassIndex(classes).of(positive);
  if (index >= 0) return index;
  const there = classes.length === 0 ? 'a regression has none' : `they are ${classes.slice(0, 20).join(', ')}`;
  throw invalid('evaluation.positive', `'positive' of the evaluation is '${positive}', which is no class: ${there}.`, {
    fix: "Name one of the classes, or leave 'positive' out.",
    fields: { positive },
  });
}

/** Bounded by memory, and a number of the plan, so that sums are made in the same order everywhere. */
function blockRows({ classes, champion }: Agreed, slices: number): number {
  const rowBytes = 16 + 2 * slices + (champion ? 2 : 1) * (8 + 4 * classes.length);
  return Math.max(BLOCK.least, Math.min(BLOCK.most, Math.floor(BLOCK.bytes / rowBytes)));
}
