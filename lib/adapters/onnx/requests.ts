import { OnnwardError } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';

/** One inference that waits for its turn or is being computed; times are `performance.now()` milliseconds. */
export interface PendingRequest {
  readonly inputs: readonly Tensor[];
  /** The size of the first dimension that all inputs share; 0 where they share none. */
  readonly rows: number;
  /** Whether it may be answered by the same run as others. */
  readonly shares: boolean;
  readonly arrived: number;
  readonly expires: number;
  started: number;
  settled: boolean;
  readonly resolve: (outputs: readonly Tensor[]) => void;
  readonly reject: (error: unknown) => void;
}

export const overloaded = (limit: number): OnnwardError =>
  new OnnwardError(`${limit} requests are waiting for this model already, its limit`, {
    code: 'model.overloaded',
    kind: 'overloaded',
    fix: 'Send it again after the time in Retry-After, or raise maxQueue.',
    fields: { limit },
  });

export const expired = (request: PendingRequest): OnnwardError => {
  const limit = Math.round(request.expires - request.arrived);
  return new OnnwardError(`no answer within the deadline of ${limit} ms`, {
    code: 'model.deadline',
    kind: 'deadline',
    fix: 'Send fewer rows, or raise deadlineMs.',
    fields: { deadlineMs: limit },
  });
};

export const closing = (): OnnwardError =>
  new OnnwardError('this version is being unloaded', {
    code: 'model.closing',
    kind: 'unavailable',
    fix: 'Send it again: the version that replaces it answers.',
  });

/**
 * The runtime refused a run. The model has run its golden inputs by then, so it is the request's values that it cannot
 * compute (an index out of range, sizes that do not fit): the caller's to mend, and named in the runtime's words.
 */
export function runFailed(cause: unknown): OnnwardError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const memory = /bad_alloc|allocate/i.test(message);
  return new OnnwardError(`the model cannot compute these inputs: ${firstLine(message)}`, {
    code: memory ? 'model.out_of_memory' : 'model.run_failed',
    kind: memory ? 'unavailable' : 'invalid',
    fix: memory ? 'Send fewer rows.' : 'Check the values and sizes against what the model was trained on.',
  });
}

const firstLine = (message: string): string => (message.split('\n', 1)[0] as string).slice(0, 300);
