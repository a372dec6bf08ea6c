import { parentPort, type MessagePort } from 'node:worker_threads';
import { OnnwardError, type OnnwardErrorOptions } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { rowsAreIndependent } from './probe.ts';
import { Session, type SessionTask } from './session.ts';

/** What a worker can be asked; each but `stop` gets one answer. */
export type ToWorker =
  | { readonly kind: 'open'; readonly task: SessionTask }
  | { readonly kind: 'probe' }
  | { readonly kind: 'run'; readonly inputs: readonly Tensor[] }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'opened'; readonly signature: Signature }
  | { readonly kind: 'probed'; readonly independent: boolean }
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[] }
  | { readonly kind: 'refused'; readonly message: string; readonly options?: OnnwardErrorOptions };

const port = parentPort as MessagePort;
let session: Session | undefined;

function answer(message: Exclude<ToWorker, { kind: 'stop' }>): FromWorker {
  if (message.kind === 'open') {
    session = new Session(message.task);
    return { kind: 'opened', signature: session.signature };
  }
  const opened = session as Session;
  if (message.kind === 'probe') return { kind: 'probed', independent: rowsAreIndependent(opened) };
  return { kind: 'outputs', outputs: opened.run(message.inputs) };
}

/** Errors cross threads with their fields, which structured cloning of a class would drop. */
const refusal = (error: unknown): FromWorker => ({
  kind: 'refused',
  message: error instanceof Error ? error.message : String(error),
  ...(error instanceof OnnwardError && { options: { code: error.code, kind: error.kind, fields: error.fields } }),
});

/** The memory of numeric tensors changes hands in place of being copied. */
const memoryOf = (message: FromWorker): ArrayBuffer[] =>
  message.kind === 'outputs'
    ? message.outputs.flatMap(({ data }) => (Array.isArray(data) ? [] : [data.buffer as ArrayBuffer]))
    : [];

function reply(message: Exclude<ToWorker, { kind: 'stop' }>): FromWorker {
  try {
    return answer(message);
  } catch (error) {
    return refusal(error);
  }
}

port.on('message', (message: ToWorker) => {
  if (message.kind !== 'stop') {
    const result = reply(message);
    port.postMessage(result, memoryOf(result));
    return;
  }
  // A worker that is torn down from outside during a run aborts the whole process: it ends itself, between runs.
  session?.release();
  port.close();
});
