import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { OnnwardError, type OnnwardErrorOptions } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { Session, type SessionTask } from './session.ts';

/** Inputs to compute, or the word to stop. */
export type ToWorker = readonly Tensor[] | 'stop';

/** A signature once the session is open, outputs for each run, or the runtime's refusal of either. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly signature: Session['signature'] }
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[] }
  | { readonly kind: 'refused'; readonly message: string; readonly options?: OnnwardErrorOptions };

const port = parentPort as MessagePort;

/** The memory of numeric tensors changes hands in place of being copied. */
const memoryOf = (tensors: readonly Tensor[]): ArrayBuffer[] =>
  tensors.flatMap(({ data }) => (Array.isArray(data) ? [] : [data.buffer as ArrayBuffer]));

const post = (message: FromWorker, memory: ArrayBuffer[] = []): void => port.postMessage(message, memory);

/** Errors cross threads with their fields, which structured cloning of a class would drop. */
const refuse = (error: unknown): void =>
  post({
    kind: 'refused',
    message: error instanceof Error ? error.message : String(error),
    ...(error instanceof OnnwardError && { options: { code: error.code, kind: error.kind, fields: error.fields } }),
  });

function serve(session: Session): void {
  port.on('message', (message: ToWorker) => {
    if (message === 'stop') {
      // A worker that is torn down from outside during a run aborts the whole process: it ends itself, between runs.
      session.release();
      port.close();
      return;
    }
    try {
      const outputs = session.run(message);
      post({ kind: 'outputs', outputs }, memoryOf(outputs));
    } catch (error) {
      refuse(error);
    }
  });
  post({ kind: 'ready', signature: session.signature });
}

try {
  serve(new Session(workerData as SessionTask));
} catch (error) {
  refuse(error);
}
