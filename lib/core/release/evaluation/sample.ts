import type { Manifest } from '../../model/manifest.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { LoadedModel } from '../../ports.ts';
import { fixedRows, rowsAreIndependent } from '../../scoring/batch-rows.ts';
import type { Source } from '../../scoring/format.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import { apartFrom } from '../../scoring/refused-rows.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { ShardPart } from '../../scoring/shard.ts';
import type { EvaluationWorld } from './evaluation.ts';
import type { AnsweredSample } from './prediction.ts';

/** Rows of a tensor where the graph does not fix them: enough for what a batch saves, and for a table of wide rows little memory. */
const BATCH_ROWS = 64;

/** How a version is run, and what it answered for the first rows that it can compute. */
export interface Tried {
  readonly batchRows: number;
  /** @default - no row was good */
  readonly sample?: NonNullable<AnsweredSample>;
}

/**
 * Runs a version over the first rows that are good. Each row is run alone where it is served so, or where rows that are run
 * together change each other's answers.
 */
export async function tryRows(
  world: Pick<EvaluationWorld, 'formats' | 'model'>,
  manifest: Manifest,
  source: Source,
  { layout, parts }: { readonly layout: RowLayout; readonly parts: readonly ShardPart[] },
): Promise<Tried> {
  const fixed = fixedRows(manifest.signature);
  const request = { layout, batchRows: fixed ?? BATCH_ROWS };
  const alone = fixed === undefined && manifest.serving?.exact === true;
  const model = await world.model(manifest);
  for (const part of parts) {
    for await (const event of world.formats[source.input.format].rows(source, { ...request, part })) {
      const tried = 'batch' in event && (await answers(model, event.batch));
      if (!tried) continue;
      const lone = alone || (fixed === undefined && !(await rowsAreIndependent(model, tried.inputs)));
      return { batchRows: lone ? 1 : request.batchRows, sample: tried };
    }
  }
  return { batchRows: alone ? 1 : request.batchRows };
}

type Answered = NonNullable<AnsweredSample> & { readonly inputs: readonly Tensor[] };

/** Of the rows that the model does not refuse; undefined where it refuses all. */
async function answers(model: LoadedModel, batch: RowBatch): Promise<Answered | undefined> {
  try {
    return { inputs: batch.inputs, rows: batch.rows, outputs: await model.infer(batch.inputs) };
  } catch (error) {
    const { rest } = await apartFrom(model, batch, error);
    return rest && { inputs: rest.inputs, rows: rest.rows, outputs: await model.infer(rest.inputs) };
  }
}
