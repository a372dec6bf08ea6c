import type { Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import { apartFrom } from './refused-rows.ts';
import { RowNumbers } from './row-numbers.ts';
import type { BadRow, RowBatch, RowEvent } from './rows.ts';

/** What becomes of a shard's rows. One sink takes one shard. */
export interface RowSink<Result> {
  /** Outputs in signature order; of a batch that is filled up, with the rows that are not real. */
  scored(batch: RowBatch, outputs: readonly Tensor[]): void | Promise<void>;
  bad(row: BadRow): void | Promise<void>;
  /** After the last row. */
  end(): Promise<Result>;
}

/** A row as it lies in its input. */
export type LocatedRow = Pick<BadRow, 'position' | 'bytes' | 'length' | 'key'>;

/** Finds a row by its number in the shard, for those that the model itself refuses: they were good until then. */
export type Locate = (row: number) => Promise<LocatedRow>;

/**
 * Runs the model over the rows of a shard, in order, one tensor batch after another. Where the model refuses a batch, its
 * rows are run one by one: those that are refused are bad, and the others are scored together.
 */
export async function scoreRows<Result>(
  rows: AsyncIterable<RowEvent>,
  model: Pick<LoadedModel, 'infer' | 'signature'>,
  sink: RowSink<Result>,
  locate: Locate,
): Promise<Result> {
  const numbers = new RowNumbers();
  for await (const event of rows) {
    if ('bad' in event) {
      numbers.bad(event.bad.row);
      await sink.bad(event.bad);
      continue;
    }
    const { batch } = event;
    const outputs = await tried(model, batch.inputs);
    const taken = numbers.take(batch.rows);
    if (!('error' in outputs)) await sink.scored(batch, outputs.outputs);
    else await scoreApart(model, sink, { batch, error: outputs.error, numbers: taken(), locate });
  }
  return sink.end();
}

type Tried = { readonly outputs: readonly Tensor[] } | { readonly error: unknown };

async function tried(model: Pick<LoadedModel, 'infer'>, inputs: readonly Tensor[]): Promise<Tried> {
  try {
    return { outputs: await model.infer(inputs) };
  } catch (error) {
    return { error };
  }
}

interface Refused {
  readonly batch: RowBatch;
  readonly error: unknown;
  readonly numbers: readonly number[];
  readonly locate: Locate;
}

async function scoreApart<Result>(
  model: Pick<LoadedModel, 'infer' | 'signature'>,
  sink: RowSink<Result>,
  { batch, error, numbers, locate }: Refused,
): Promise<void> {
  const { refused, rest } = await apartFrom(model, batch, error);
  for (const { index, message } of refused) {
    const row = numbers[index] as number;
    await sink.bad({ row, ...(await locate(row)), code: 'row.model', message });
  }
  if (rest) await sink.scored(rest, await model.infer(rest.inputs));
}
