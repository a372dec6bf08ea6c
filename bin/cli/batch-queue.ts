import { setTimeout as sleep } from 'node:timers/promises';
import { Batch } from '#adapters/aws/batch/batch.ts';
import { whyItWaits } from '#adapters/aws/batch/waiting.ts';
import { readDocument } from '#core/documents.ts';
import type { BatchRequest, PlanAnswer } from '#core/batch/events.ts';
import { queuedKey } from '#core/batch/keys.ts';
import { BATCH, scorerDefinitionName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import { queueName } from '#core/training/queues.ts';
import { type BatchStage, brought, followJob, type StageRun } from './batch-stage.ts';
import { say } from './output.ts';
import { untilStopped } from './signals.ts';

/** How often AWS is asked how it goes, ms. */
const LOOK_MS = 2_000;

/**
 * Has one machine of the stage's queue score all of what `request` names, for as long as it takes; after a Ctrl-C it goes on
 * there. Throws `batch.no_queue`, `batch.failed`, `aws.*`, `store.*`, `input.*`.
 */
export async function scoreOnQueue(found: BatchStage, request: BatchRequest, json: boolean): Promise<StageRun> {
  const batch = new Batch(found.region);
  let left = false;
  void untilStopped(() => (left = true));
  try {
    const run = await submitted(batch, found, await brought(found, request));
    const answer = await planned(run, () => left, json);
    if (answer?.state !== 'planned') {
      const job = answer && 'job' in answer ? { job: answer.job } : {};
      return { answer: answer?.state ?? 'planned', ...job, goesOn: !answer };
    }
    const hasEnded = async (): Promise<boolean> => isOver((await run.detail()).status);
    await followJob(found.store, { hasEnded }, { job: answer.job, json, isLeft: () => left });
    return { job: answer.job, answer: answer.state, goesOn: left };
  } finally {
    batch.close();
  }
}

/** What AWS Batch says of it; nothing, right after it was submitted. */
type QueuedDetail = Partial<Awaited<ReturnType<Batch['jobs']>>[number]>;

/** A job of AWS Batch, looked at from time to time. */
interface QueuedRun {
  readonly queue: string;
  readonly batch: Batch;
  detail(): Promise<QueuedDetail>;
  answer(): Promise<PlanAnswer | undefined>;
}

async function submitted(batch: Batch, { stage, store }: BatchStage, request: BatchRequest): Promise<QueuedRun> {
  const queue = queueName(stage, 'cpu');
  if (!(await batch.queue(queue))) throw noQueue(stage);
  const environment = [{ name: BATCH.request, value: JSON.stringify(request) }];
  const id = await batch.submit({
    jobName: 'score',
    jobQueue: queue,
    jobDefinition: scorerDefinitionName(stage),
    ecsPropertiesOverride: { taskProperties: [{ containers: [{ name: 'score', environment }] }] },
  });
  return {
    queue,
    batch,
    detail: async () => (await batch.jobs([id]))[0] ?? {},
    answer: () => readDocument<PlanAnswer>(store, queuedKey(id)),
  };
}

/** Undefined where nobody waits any longer. Says why it waits for a machine. Throws why it ended without a plan. */
async function planned(run: QueuedRun, isLeft: () => boolean, json: boolean): Promise<PlanAnswer | undefined> {
  let told = '';
  for (;;) {
    const { status, statusReason = '', createdAt = Date.now() } = await run.detail();
    const answer = await run.answer();
    if (answer) return answer;
    if (isOver(status)) throw failed(statusReason);
    if (isLeft()) return undefined;
    const why =
      status === 'RUNNABLE'
        ? whyItWaits({ statusReason, age: Date.now() - createdAt }, await run.batch.queue(run.queue))
        : '';
    if (!json && why !== told) say((told = why));
    await sleep(LOOK_MS);
  }
}

const isOver = (status: string | undefined): boolean => status === 'SUCCEEDED' || status === 'FAILED';

const failed = (reason: string): OnnwardError =>
  new OnnwardError(`The job ended on its machine before anything was planned: ${reason || 'no reason given'}`, {
    code: 'batch.failed',
    kind: 'unavailable',
    fix: 'Its log says more: streams `scoring/…` of the log group of trainings. Mend it and run it again.',
  });

const noQueue = (stage: string): OnnwardError =>
  new OnnwardError(`Stage ${stage} has no machines of AWS Batch that score files.`, {
    code: 'batch.no_queue',
    kind: 'not-found',
    fix: `Add \`training: {}\` to the stage, and \`training\` and \`batch\` to models of it; then run \`onnward deploy --stage ${stage}\`.`,
    fields: { stage },
  });
