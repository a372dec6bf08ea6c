import { OnnwardError } from '../errors.ts';
import { concatenateRows, splitRows, type Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import type { RowBatch } from './rows.ts';

/** A row of a batch that the model cannot compute, and what the runtime says of it. */
interface RefusedRow {
  /** In the batch. */
  readonly index: number;
  readonly message: string;
}

/** A batch taken apart. */
export interface Apart {
  readonly refused: readonly RefusedRow[];
  /** The rows that were not refused, as a batch. @default - none is left */
  readonly rest?: RowBatch;
}

type Model = Pick<LoadedModel, 'infer' | 'signature'>;

/** Whether it is the values that the model cannot compute, and not a machine that is short of memory or time. */
const isOfValues = (error: unknown): error is OnnwardError => error instanceof OnnwardError && error.kind === 'invalid';

/**
 * Finds the rows for which a batch was refused with `error`, by running each alone. Throws `error` where that is no matter
 * of values, or where no row is refused alone.
 */
export async function apartFrom(model: Model, batch: RowBatch, error: unknown): Promise<Apart> {
  if (!isOfValues(error)) throw error;
  const rows = new SingleRows(model, batch);
  const refused: RefusedRow[] = [];
  const left: number[] = [];
  for (let index = 0; index < batch.rows; index++) {
    const reason = batch.rows === 1 ? error : await refusalOf(model, rows.take([index]));
    if (reason) refused.push({ index, message: `${reason.message}.` });
    else left.push(index);
  }
  if (refused.length === 0) throw error;
  return { refused, ...(left.length > 0 && { rest: rows.take(left) }) };
}

async function refusalOf(model: Model, { inputs }: RowBatch): Promise<OnnwardError | undefined> {
  try {
    await model.infer(inputs);
    return undefined;
  } catch (error) {
    if (isOfValues(error)) return error;
    throw error;
  }
}

/** A batch, of which rows can be had. */
class SingleRows {
  readonly #batch: RowBatch;
  /** By input, then by row: views of the batch's memory. */
  readonly #rows: readonly (readonly Tensor[])[];
  readonly #isFixed: readonly boolean[];

  constructor({ signature }: Model, batch: RowBatch) {
    this.#batch = batch;
    this.#isFixed = signature.inputs.map(({ shape }) => shape[0] !== -1);
    this.#rows = batch.inputs.map((tensor) =>
      splitRows(
        tensor,
        Array.from({ length: tensor.shape[0] as number }, () => 1),
      ),
    );
  }

  /** Some rows as a batch of their own, filled up with the last of them where the model's first dimension is fixed. */
  take(rows: readonly number[]): RowBatch {
    const inputs = this.#rows.map((each, input) => {
      const count = this.#isFixed[input] ? each.length : rows.length;
      return concatenateRows(
        Array.from({ length: count }, (_, at) => each[rows[Math.min(at, rows.length - 1)] as number] as Tensor),
      );
    });
    const kept = this.#batch.kept.map((texts) => rows.map((row) => texts[row] as string));
    return { inputs, rows: rows.length, kept };
  }
}
