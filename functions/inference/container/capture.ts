import { sweepCapture } from '#adapters/local/capture.ts';
import { openFolder } from '#adapters/local/open-folder.ts';
import { PIN } from '#core/deployment/names.ts';
import { parseReference } from '#core/model/reference.ts';
import { CAPTURE } from '#core/monitoring/capture/options.ts';
import type { TrafficCapture } from '#serving/capture/capture.ts';
import type { Environment } from '../host.ts';

/** How often what is due is sent, ms. */
const SEND_MS = 1000;

/** How often what is kept no longer is looked for, ms. */
const SWEEP_MS = 6 * 3_600_000;

export interface ContainerCapture {
  readonly capture: TrafficCapture;
  /** Sends what waits. */
  close(): Promise<void>;
}

/**
 * Captures the requests of the one model that the environment names, as its function does, and sends them between answers.
 * Throws `capture.options`, `capture.seconds`, `store.url`.
 */
export async function openContainerCapture(env: Environment): Promise<ContainerCapture | undefined> {
  if (['', '0', undefined].includes(env[CAPTURE.options])) return undefined;
  const named = env[PIN.model];
  if (!named) {
    process.emitWarning(`requests are not captured: ${PIN.model} names no model`);
    return undefined;
  }
  const { openCapturing } = await import('../capture.ts');
  const capturing = await openCapturing({ ...env, [PIN.model]: parseReference(named).name });
  if (!capturing) return undefined;
  const { capture, sink } = capturing;
  let sending: Promise<void> | undefined;
  const send = () => void (sending ??= sink.settle().finally(() => (sending = undefined)));
  const timers = [setInterval(send, SEND_MS).unref(), ...(env[CAPTURE.stream] ? [] : [await sweeping(env)])];
  return {
    capture,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await sending;
      await sink.flush();
    },
  };
}

/** Of a folder, which has no lifecycle. */
async function sweeping(env: Environment): Promise<NodeJS.Timeout> {
  const store = await openFolder(env[PIN.store] ?? '');
  const sweep = () =>
    void sweepCapture(store, Date.now()).catch((error: unknown) => {
      process.emitWarning(`what was captured is not cleared: ${(error as Error).message}`);
    });
  sweep();
  return setInterval(sweep, SWEEP_MS).unref();
}
