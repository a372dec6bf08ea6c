import { readDocument } from '#core/documents.ts';
import { lastDrive, readStop } from '#core/batch/drives.ts';
import type { BatchRequest, DriveRequest, PlanAnswer, TaskEvent } from '#core/batch/events.ts';
import { manifestKey } from '#core/batch/keys.ts';
import type { BatchManifest } from '#core/batch/plan.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { Shard } from '#core/scoring/shard.ts';
import { readDefinition } from './definition.ts';
import { executionName, isAlive } from './execution-name.ts';
import type { LocalFunction } from './functions.ts';
import { readList } from './read-list.ts';
import { type Outcome, runWorkflow } from './run.ts';

export interface BatchRunOptions {
  /** Once it is aborted no shard is begun; those under way are waited for. */
  readonly signal: AbortSignal;
  /** What the plan has come to, before anything is scored. */
  readonly onPlan?: (answer: PlanAnswer) => Promise<void>;
  /** A shard is scored. */
  readonly onShard?: (shard: Shard) => Promise<void>;
}

export interface BatchRun {
  readonly outcome: Outcome;
  /** @default - there was none: it was aborted before, or the plan has failed */
  readonly answer?: PlanAnswer;
  /** What a task has thrown last. @default - none has */
  readonly failure?: unknown;
}

/** Runs `batch.asl.json` on this machine; `batchFunction` answers its tasks. */
export async function runBatch(
  batchFunction: LocalFunction,
  input: BatchRequest,
  { signal, onPlan, onShard }: BatchRunOptions,
): Promise<BatchRun> {
  let answer: PlanAnswer | undefined;
  let failure: unknown;
  const invoke = async (given: unknown): Promise<unknown> => {
    const event = given as TaskEvent;
    const result = await batchFunction.invoke(event).catch((error: unknown) => {
      throw (failure = error);
    });
    if (event.task === 'plan') {
      answer = result as PlanAnswer;
      await onPlan?.(answer);
    } else if (event.task === 'score') {
      await onShard?.(event.shard);
    }
    return result;
  };
  const outcome = await runWorkflow(await readDefinition('batch/batch.asl.json'), {
    name: executionName(),
    input,
    functions: { batchFunction: invoke },
    readList,
    signal,
  });
  return { outcome, ...(answer && { answer }), ...(failure !== undefined && { failure }) };
}

/** The same, and goes on with what a process of this machine has begun and not ended, where that process is gone. */
export async function runOrGoOn(
  store: ObjectStore,
  batchFunction: LocalFunction,
  input: BatchRequest,
  options: BatchRunOptions,
): Promise<BatchRun> {
  const run = await runBatch(batchFunction, input, options);
  if (run.answer?.state !== 'duplicate') return run;
  const next = await afterInterruption(store, run.answer.job);
  return next ? runBatch(batchFunction, next, options) : run;
}

/**
 * What goes on with a job whose last drive nobody accounted for, and nobody can any more: the next drive, which is this
 * execution's alone. A drive that was stopped is only accounted for. Undefined where there is nothing to go on with.
 */
async function afterInterruption(store: ObjectStore, job: string): Promise<DriveRequest | undefined> {
  const last = await lastDrive(store, job);
  if (!last || isAlive(last.execution) !== false) return undefined;
  const manifest = await readDocument<BatchManifest>(store, manifestKey(job));
  if (manifest && manifest.drive >= last.drive) return undefined;
  const { drive, actor } = last;
  if (await readStop(store, job, drive)) return { job, drive };
  return { job, ...(actor !== undefined && { actor }) };
}
