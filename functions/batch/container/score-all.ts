import { runBatch, runOrGoOn, type BatchRun } from '#adapters/local/workflow/batch.ts';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import { openStore } from '#adapters/stores.ts';
import type { BatchRequest, PlanAnswer, TaskEvent } from '#core/batch/events.ts';
import { queuedKey } from '#core/batch/keys.ts';
import { BATCH, PIN } from '#core/deployment/names.ts';
import { encode } from '#core/documents.ts';
import { invalid } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { handler } from '../handler.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What AWS Batch sets in each container. Source: its user guide, "Job environment variables". */
const JOB = { id: 'AWS_BATCH_JOB_ID', attempt: 'AWS_BATCH_JOB_ATTEMPT' } as const;

/** So ends a process that SIGTERM has ended: the machine goes away, and the next one goes on. */
const TERMINATED = 143;

/**
 * A whole job of batch inference in one container, for as long as it takes: the very workflow and the very tasks that
 * functions run, shard by shard. Gives the exit code. Throws what is wrong with the environment or the plan.
 */
export async function scoreAll(env: Environment): Promise<number> {
  const store = await openStore(required(env, PIN.store));
  const request = JSON.parse(required(env, BATCH.request)) as BatchRequest;
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const options = { signal: stop.signal, onPlan: (answer: PlanAnswer) => tell(store, env, answer) };
  let run = await runOrGoOn(store, inProcess, request, options);
  const { answer } = run;
  // Of a machine that is gone nobody else can tell that it is: whoever comes after it in the same job does.
  if (answer?.state === 'duplicate' && Number(env[JOB.attempt] ?? 1) > 1) {
    run = await runBatch(inProcess, { job: answer.job }, options);
  }
  return stop.signal.aborted ? TERMINATED : exitCodeOf(run);
}

/** Throws why nothing has come of it: who reads the log sees that, and who asks for the job its manifest. */
function exitCodeOf({ outcome, answer, failure }: BatchRun): number {
  if (outcome.status === 'SUCCEEDED') return 0;
  if (failure instanceof Error) throw failure;
  const job = answer && 'job' in answer ? `${answer.job}: ` : '';
  throw new Error(`${job}${outcome.status === 'FAILED' ? outcome.cause : outcome.status}`);
}

/** Who waits knows the job of AWS Batch, and not what it has become here. */
async function tell(store: ObjectStore, { [JOB.id]: id }: Environment, answer: PlanAnswer): Promise<void> {
  if (id) await store.put(queuedKey(id), encode(answer));
}

/** The tasks, one after the other: each has all processors of the machine. */
const inProcess: LocalFunction = {
  pids: [],
  invoke: (event) => handler(event as TaskEvent),
  close: () => Promise.resolve(),
};

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw invalid('function.unconfigured', `the container lacks ${name} in its environment`, {
    fix: 'Begin it by `onnward batch … --stage NAME --on queue`.',
  });
}
