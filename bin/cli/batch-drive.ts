import { type BatchRun, runOrGoOn } from '#adapters/local/workflow/batch.ts';
import { readDocument } from '#core/documents.ts';
import type { BatchRequest, PlanAnswer } from '#core/batch/events.ts';
import { planKey, receiptKey } from '#core/batch/keys.ts';
import type { BatchPlan, Receipt } from '#core/batch/plan.ts';
import { readReceipts } from '#core/batch/receipts.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { Shard } from '#core/scoring/shard.ts';
import { openBatchFunction } from './batch-function.ts';
import { formatCount, type RowProgress, rowProgress } from './batch-progress.ts';
import { planLines } from './batch-report.ts';
import { functionFailure } from './function-failure.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';
import { untilStopped } from './signals.ts';

export interface DriveOptions {
  readonly json: boolean;
  /** Shards at once. @default - one a core */
  readonly concurrency?: number | undefined;
  /** In a stage: one machine of AWS Batch scores all of it. @default - functions do */
  readonly onQueue?: boolean;
}

/** What has become of a request. */
export interface Driven {
  readonly job: string;
  /** `done`: it was done before; `duplicate`: somebody else has it. */
  readonly answer: PlanAnswer['state'];
}

/** How long shards that are under way may go on after a Ctrl-C, ms: their work is lost, and nothing else. */
const GRACE_MS = 2_000;

/**
 * Scores on this machine: says what is planned, shows how it goes, and stops at a Ctrl-C so that it can be gone on with.
 * Throws `batch.interrupted`, `batch.failed`, and by its own code what the plan threw.
 */
export async function driveHere(workplace: Workplace, request: BatchRequest, options: DriveOptions): Promise<Driven> {
  const { store } = workplace;
  const batch = await openBatchFunction(workplace, options.concurrency);
  const stop = new AbortController();
  void untilStopped(() => {
    say('Stopping: what is scored stays scored. Once more ends it at once.');
    stop.abort();
    void batch.close(GRACE_MS);
  });
  const watch = new Watch(store, options.json);
  try {
    const run = await runOrGoOn(store, batch, request, { signal: stop.signal, ...watch.hooks });
    return await resultOf(run, store, 'job' in request ? request.job : undefined);
  } finally {
    watch.end();
    await batch.close(GRACE_MS);
  }
}

async function resultOf(
  { outcome, answer, failure }: BatchRun,
  store: ObjectStore,
  asked: string | undefined,
): Promise<Driven> {
  const job = answer && 'job' in answer ? answer.job : asked;
  if (outcome.status === 'ABORTED') throw await interrupted(store, job);
  // A state of the workflow says how the job stands; any other name is that of an error, of the plan or of the account.
  const isBroken = outcome.status === 'FAILED' && !outcome.error.startsWith('Onnward.');
  if (job !== undefined && answer && !isBroken) return { job, answer: answer.state };
  throw failed(failure ?? outcome, job);
}

/** Tells the person who waits how far a job is. */
class Watch {
  readonly #store: ObjectStore;
  readonly #json: boolean;
  readonly #rows = new Map<number, number>();
  #progress: RowProgress | undefined;
  #job = '';

  constructor(store: ObjectStore, json: boolean) {
    this.#store = store;
    this.#json = json;
  }

  readonly hooks = {
    onPlan: async (answer: PlanAnswer): Promise<void> => {
      if (answer.state !== 'planned') return;
      const plan = await readDocument<BatchPlan>(this.#store, planKey(answer.job));
      if (!plan) return;
      if (!this.#json) say(planLines(plan).join('\n'));
      this.#job = plan.job;
      for (const { shard, rows } of (await readReceipts(this.#store, plan.job)).values()) this.#rows.set(shard, rows);
      if (this.#rows.size > 0 && !this.#json) say(`  before  ${formatCount(this.#sum())} rows are scored already`);
      this.#progress = rowProgress(plan, this.#sum(), this.#json);
    },
    onShard: async ({ index }: Shard): Promise<void> => {
      if (!this.#progress?.shown) return;
      const receipt = await readDocument<Receipt>(this.#store, receiptKey(this.#job, index));
      this.#rows.set(index, receipt?.rows ?? 0);
      this.#progress.update(this.#sum());
    },
  };

  end(): void {
    this.#progress?.end();
  }

  #sum(): number {
    return this.#rows.values().reduce((sum, rows) => sum + rows, 0);
  }
}

async function interrupted(store: ObjectStore, job: string | undefined): Promise<OnnwardError> {
  const plan = job === undefined ? undefined : await readDocument<BatchPlan>(store, planKey(job));
  const options = { code: 'batch.interrupted', kind: 'unavailable' } as const;
  if (!plan) return new OnnwardError('Stopped before anything was scored.', { ...options, fix: 'Run it again.' });
  const scored = (await readReceipts(store, plan.job)).size;
  return new OnnwardError(`Stopped: of job ${plan.job} ${scored} of ${plan.shards} shards are scored.`, {
    ...options,
    fix: `Run \`onnward batches resume ${plan.job}\`, or the same command again, to go on.`,
    fields: { job: plan.job, scored, shards: plan.shards },
  });
}

const failed = (error: unknown, job: string | undefined): OnnwardError =>
  functionFailure(error, {
    code: 'batch.failed',
    what: `The batch job${job === undefined ? '' : ` ${job}`} could not be run`,
    fix: `${job === undefined ? 'Run it again' : `Run it again, or \`onnward batches resume ${job}\``}: what is scored stays. With ONNWARD_DEBUG=1 you see what its processes print.`,
    fields: { job },
  });
