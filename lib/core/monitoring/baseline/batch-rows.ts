import { DATATYPES } from '../../model/datatypes.ts';
import { elementCount } from '../../model/tensor.ts';
import { fixedRows, rowsAreIndependent } from '../../scoring/batch-rows.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import { apartFrom } from '../../scoring/refused-rows.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { BaselineModel, BaselineWorld } from './request.ts';
import type { BaselineShard } from './shards.ts';

/** Of a tensor: beyond it caches are of no help. A text takes so many bytes, about. */
const MOST = { rows: 1024, bytes: 2 ** 20 };
const TEXT_BYTES = 32;

/**
 * Rows of a tensor. One where the version is served so, or where rows that are run together change each other's answers; the
 * graph's own number where it fixes one.
 */
export async function batchRowsOf(
  { formats }: Pick<BaselineWorld, 'formats'>,
  { model, signature, serving }: BaselineModel,
  shards: readonly BaselineShard[],
): Promise<number> {
  const fixed = fixedRows(signature);
  if (fixed !== undefined) return fixed;
  if (serving?.exact) return 1;
  for (const { source, layout, part } of shards) {
    for await (const event of formats[source.input.format].rows(source, { layout, part, batchRows: 2 })) {
      const some = 'batch' in event && (await accepted(model, event.batch));
      if (some) return (await rowsAreIndependent(model, some.inputs)) ? mostRows(layout) : 1;
    }
  }
  return 1;
}

/** The rows that the model does not refuse; undefined where it refuses all. */
async function accepted(model: BaselineModel['model'], batch: RowBatch): Promise<RowBatch | undefined> {
  try {
    await model.infer(batch.inputs);
    return batch;
  } catch (error) {
    return (await apartFrom(model, batch, error)).rest;
  }
}

function mostRows({ inputs }: RowLayout): number {
  const bytes = inputs.map(
    ({ input, rowShape }) => elementCount(rowShape) * (DATATYPES[input.datatype].size || TEXT_BYTES),
  );
  return Math.max(1, Math.min(MOST.rows, Math.floor(MOST.bytes / bytes.reduce((sum, each) => sum + each, 0))));
}
