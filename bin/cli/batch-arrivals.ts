import { watchArrivals } from '#adapters/local/arrivals.ts';
import { type BatchRun, runOrGoOn } from '#adapters/local/workflow/batch.ts';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import type { ArrivalEvent, PlanAnswer } from '#core/batch/events.ts';
import { readJob } from '#core/batch/jobs.ts';
import { outPrefix } from '#core/batch/keys.ts';
import { openBatchFunction } from './batch-function.ts';
import { notDone } from './batch-job.ts';
import { formatCount } from './batch-progress.ts';
import { sumOf } from './batch-report.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';

/** How long shards may go on when the command ends, ms. */
const GRACE_MS = 2_000;
/** Processes that had nothing to do for so long are ended, ms. */
const IDLE_MS = 10_000;

/**
 * Scores what comes to rest in `batch/in/` of a store of this machine, one file after the other, and what came there while
 * nobody looked, until `signal` ends it: a job in the middle is gone on with at the next start.
 */
export async function scoreArrivals(workplace: Workplace, signal: AbortSignal): Promise<void> {
  if (!workplace.store.localPath) return;
  const workers = new Workers(workplace);
  const onArrival = (event: ArrivalEvent): Promise<void> =>
    workers.use((batch) => scoreArrival(workplace, batch, event, signal));
  signal.addEventListener('abort', () => void workers.close(), { once: true });
  try {
    await watchArrivals(workplace.store, { onArrival, signal });
  } catch (error) {
    say(`warning: files that arrive are not scored: ${(error as Error).message}`);
  } finally {
    await workers.close();
  }
}

/** The function's processes, as long as there is work for them. */
class Workers {
  readonly #workplace: Workplace;
  #batch: LocalFunction | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
  }

  async use(work: (batch: LocalFunction) => Promise<void>): Promise<void> {
    clearTimeout(this.#idle);
    try {
      await work((this.#batch ??= await openBatchFunction(this.#workplace)));
    } finally {
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const batch = this.#batch;
    this.#batch = undefined;
    await batch?.close(GRACE_MS);
  }
}

async function scoreArrival(
  { store }: Workplace,
  batch: LocalFunction,
  event: ArrivalEvent,
  signal: AbortSignal,
): Promise<void> {
  const { key } = event.detail.object;
  const since = new Date().toISOString();
  let begun = false;
  const onPlan = async (answer: PlanAnswer): Promise<void> => {
    if (answer.state !== 'planned') return;
    begun = true;
    const { model, estimate } = (await readJob(store, answer.job)).plan;
    const rows = `${estimate.exact ? '' : 'about '}${formatCount(estimate.rows)} rows`;
    say(`batch: scoring ${key} with ${model.name}:${model.version}, ${rows}, job ${answer.job}`);
  };
  const run = await runOrGoOn(store, batch, event, { signal, onPlan });
  const line = await endOf(run, { key, begun, since, store });
  if (line !== undefined) say(`batch: ${line}`);
}

interface Arrived {
  readonly key: string;
  /** Whether something was left to be scored. */
  readonly begun: boolean;
  /** When it was looked at, ISO 8601. */
  readonly since: string;
  readonly store: Workplace['store'];
}

/** What is said of a file; nothing of one that was done before, or that somebody else has. */
async function endOf(
  { outcome, answer, failure }: BatchRun,
  { key, begun, since, store }: Arrived,
): Promise<string | undefined> {
  if (outcome.status === 'ABORTED') return begun ? `${key} is gone on with at the next start` : undefined;
  if (!answer) return `${key} could not be planned: ${failure instanceof Error ? failure.message : outcome.status}`;
  if (!('job' in answer)) return undefined;
  const status = await readJob(store, answer.job);
  if (!begun && !(answer.state === 'refused' && status.plan.createdAt >= since)) return undefined;
  const { job, state, plan, manifest } = status;
  if (state !== 'done' || !manifest) return `${key}: ${notDone(status, '').message}`;
  return `job ${job} is done: ${sumOf(manifest)}; outputs in ${outPrefix(plan.model.name, job)}`;
}
