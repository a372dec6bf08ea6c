import { setImmediate as turn } from 'node:timers/promises';
import { OnnwardError } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';

/** How long one call of the model is to take, ms: a client's request that comes meanwhile waits for it. */
const CALL_MS = 4;

/** Rows of the first call, and of any. */
const FIRST = 16;
const MOST = 4096;

export interface AskingOptions {
  /** By `performance.now()`: when it is given up. */
  readonly until: number;
  /** That was allowed, ms. */
  readonly deadlineMs: number;
}

/** Tensors of so many rows from the `start`th, where the rows are. */
type TensorsOf = (start: number, rows: number) => readonly Tensor[];

/** Asks a model for many rows in calls that are short, with turns of the event loop between them, until its time is over. */
export class Asking {
  readonly #model: LoadedModel;
  readonly #options: AskingOptions;
  /** Rows of a call, where the model has a say in it. */
  readonly #fixed: number | undefined;
  /** The quickest of the last calls, ms a row: a call that had to wait says nothing of the model. */
  #rowMs = CALL_MS / FIRST;

  constructor(model: LoadedModel, options: AskingOptions) {
    this.#model = model;
    this.#options = options;
    this.#fixed = model.signature.inputs.map(({ shape }) => shape[0]).find((rows) => rows !== undefined && rows > 0);
  }

  /** Calls `take` with the outputs of each call, in order. Throws `explain.deadline`, and what the model throws. */
  async ask(
    count: number,
    tensorsOf: TensorsOf,
    take: (outputs: readonly Tensor[], start: number, rows: number) => void,
  ) {
    for (let start = 0; start < count;) {
      const left = this.#options.until - performance.now();
      if (left <= 0) throw this.#late();
      const rows = Math.min(count - start, this.#fixed ?? this.#rowsOfCall());
      const inputs = tensorsOf(start, rows).map((tensor) => this.#filled(tensor));
      const begun = performance.now();
      const outputs = await this.#model.infer(inputs, { aside: true, deadlineMs: left }).catch((error: unknown) => {
        throw error instanceof OnnwardError && error.kind === 'deadline' ? this.#late() : error;
      });
      this.#measured((performance.now() - begun) / rows);
      take(outputs, start, rows);
      start += rows;
      await turn();
    }
  }

  #rowsOfCall(): number {
    return Math.min(MOST, Math.max(1, Math.floor(CALL_MS / this.#rowMs)));
  }

  #measured(ms: number): void {
    this.#rowMs = Math.max(CALL_MS / MOST, Math.min(this.#rowMs * 1.25, ms));
  }

  /** A model with a fixed first dimension gets all of its rows, the last one again and again. */
  #filled(tensor: Tensor): Tensor {
    const [rows = 0, ...rest] = tensor.shape;
    if (this.#fixed === undefined || rows === this.#fixed) return tensor;
    const size = tensor.data.length / rows;
    const last = Array.from(tensor.data as ArrayLike<unknown>).slice(-size);
    const more = Array.from({ length: this.#fixed - rows }, () => last).flat();
    const data = Array.isArray(tensor.data)
      ? [...tensor.data, ...(more as string[])]
      : (tensor.data.constructor as Uint8ArrayConstructor).from([
          ...(tensor.data as Uint8Array),
          ...(more as number[]),
        ]);
    return { datatype: tensor.datatype, shape: [this.#fixed, ...rest], data };
  }

  #late(): OnnwardError {
    const { deadlineMs } = this.#options;
    return new OnnwardError(`the explanation was not done within ${deadlineMs} ms, its limit`, {
      code: 'explain.deadline',
      kind: 'too-large',
      fix: "Explain fewer rows at a time, send a smaller 'background', or lower 'samples'.",
      fields: { deadlineMs },
    });
  }
}
