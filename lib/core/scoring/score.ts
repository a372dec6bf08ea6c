import type { Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import type { BadRow, RowBatch, RowEvent } from './rows.ts';

/** What becomes of a shard's rows. One sink takes one shard. */
export interface RowSink<Result> {
  /** Outputs in signature order; of a batch that is filled up, with the rows that are not real. */
  scored(batch: RowBatch, outputs: readonly Tensor[]): void | Promise<void>;
  bad(row: BadRow): void | Promise<void>;
  /** After the last row. */
  end(): Promise<Result>;
}

/** Runs the model over the rows of a shard, in order, one tensor batch after another. */
export async function scoreRows<Result>(
  rows: AsyncIterable<RowEvent>,
  model: Pick<LoadedModel, 'infer'>,
  sink: RowSink<Result>,
): Promise<Result> {
  for await (const event of rows) {
    if ('bad' in event) await sink.bad(event.bad);
    else await sink.scored(event.batch, await model.infer(event.batch.inputs));
  }
  return sink.end();
}
