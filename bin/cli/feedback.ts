import { randomBytes } from 'node:crypto';
import { sweepFeedback } from '#adapters/local/feedback.ts';
import type { FolderOfObjects } from '#adapters/local/requests.ts';
import { enabledCapture } from '#core/monitoring/capture/options.ts';
import { enabledFeedback, type FeedbackOptions } from '#core/monitoring/feedback-options.ts';
import { ensureReceiptKey } from '#core/monitoring/receipt-keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Feedback } from '#serving/feedback/feedback.ts';
import { feedbackStoreOf } from '#serving/feedback/records.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';

/** How often records that are no longer needed are looked for, ms. */
const SWEEP_MS = 6 * 3_600_000;

/** Receipts for the answers of this machine, and what comes back for them. */
export interface LocalFeedback {
  readonly feedback: Feedback;
  close(): void;
}

/** For the models whose configuration has it on; undefined where there are none. A store that cannot be written is told of. */
export async function openFeedback({
  store,
  config,
}: Pick<Workplace, 'store' | 'config'>): Promise<LocalFeedback | undefined> {
  const models = modelsOf(config);
  if (Object.keys(models).length === 0) return undefined;
  await ensureReceiptKey(store, randomBytes).catch((error: unknown) => warn('no key for receipts can be made', error));
  const feedback = new Feedback({ store: feedbackStoreOf(store), models, captured: capturedOf(config) });
  await feedback.start();
  if (!isFolder(store)) return { feedback, close: () => undefined };
  const sweep = () =>
    void sweepFeedback(store, Date.now()).catch((error: unknown) => warn('feedback is not cleared', error));
  const timer = setInterval(sweep, SWEEP_MS).unref();
  sweep();
  return { feedback, close: () => clearInterval(timer) };
}

function modelsOf({ models = {} }: Workplace['config']): Record<string, FeedbackOptions> {
  const enabled = Object.entries(models).map(([name, model]) => [name, enabledFeedback(model.feedback)] as const);
  return Object.fromEntries(enabled.filter((entry): entry is [string, FeedbackOptions] => entry[1] !== undefined));
}

const capturedOf = ({ models = {} }: Workplace['config']): string[] =>
  Object.keys(models).filter((name) => enabledCapture(models[name]?.capture) !== undefined);

/** Where a bucket's lifecycle does not clear what is old. */
const isFolder = (store: ObjectStore): store is FolderOfObjects => store.localPath !== undefined;

const warn = (what: string, error: unknown): void => say(`warning: ${what}: ${(error as Error).message}`);
