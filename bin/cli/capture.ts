import { randomBytes } from 'node:crypto';
import { FolderCapture, sweepCapture } from '#adapters/local/capture.ts';
import type { FolderOfObjects } from '#adapters/local/requests.ts';
import { captureOf } from '#config/model.ts';
import { ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import type { CaptureOptions } from '#core/monitoring/capture/options.ts';
import type { ObjectStore } from '#core/ports.ts';
import { TrafficCapture } from '#serving/capture/capture.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';

/** How often what is kept no longer is looked for, ms. */
const SWEEP_MS = 6 * 3_600_000;

/** Requests to this machine, as they are captured. */
export interface LocalCapture {
  readonly capture: TrafficCapture;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** For the models whose configuration has it; undefined where there are none, or the store is not on this machine. */
export async function openCapture({
  store,
  config,
}: Pick<Workplace, 'store' | 'config'>): Promise<LocalCapture | undefined> {
  const models = modelsOf(config);
  const names = Object.keys(models);
  if (names.length === 0) return undefined;
  if (!isFolder(store)) {
    say(`warning: requests to ${names.join(', ')} are not captured: the store is not a folder of this machine`);
    return undefined;
  }
  await ensureCaptureKey(store, randomBytes).catch((error: unknown) => warn('no key for capture can be made', error));
  const sink = new FolderCapture(store);
  const capture = new TrafficCapture({ models, keys: store, sink });
  await capture.start();
  const sweep = () =>
    void sweepCapture(store, Date.now()).catch((error: unknown) => warn('what was captured is not cleared', error));
  const timer = setInterval(sweep, SWEEP_MS).unref();
  sweep();
  return {
    capture,
    close() {
      clearInterval(timer);
      return sink.close();
    },
  };
}

function modelsOf({ models = {} }: Workplace['config']): Record<string, CaptureOptions> {
  const captured = Object.entries(models).map(([name, model]) => [name, captureOf(model)] as const);
  return Object.fromEntries(captured.filter((entry): entry is [string, CaptureOptions] => entry[1] !== undefined));
}

/** Where a bucket's lifecycle does not clear what is old. */
const isFolder = (store: ObjectStore): store is FolderOfObjects => store.localPath !== undefined;

const warn = (what: string, error: unknown): void => say(`warning: ${what}: ${(error as Error).message}`);
