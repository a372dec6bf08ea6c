import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '#adapters/local/workflow/batch.ts';
import type { DriveRequest } from '#core/batch/events.ts';
import { cancelJob, type JobStatus, readJob } from '#core/batch/jobs.ts';
import type { Receipt } from '#core/batch/plan.ts';
import { verifyJob } from '#core/batch/verify-job.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { jobDocument, notDone, reportJob } from './batch-job.ts';
import type { BatchPlace } from './batch-place.ts';
import { rowProgress } from './batch-progress.ts';
import { quarantineReasons } from './batch-quarantine.ts';
import { jobLines } from './batch-report.ts';
import { print, printJson, say } from './output.ts';

interface ActionOptions {
  readonly json: boolean;
  readonly verify: boolean;
  readonly watch: boolean;
  readonly reason: string | undefined;
}

type Action = (place: BatchPlace, job: string, options: ActionOptions) => Promise<void>;

/** What can be done with a job that there is. */
export const BATCH_ACTIONS: Readonly<Record<string, Action>> = { show, resume, redrive, cancel };

/** How often a job that is watched is looked at, ms. */
const LOOK_MS = 1_000;

async function show({ store, where }: BatchPlace, job: string, { json, verify, watch }: ActionOptions): Promise<void> {
  const status = await (watch ? untilEnded(store, job, json) : readJob(store, job));
  const reasons = status.manifest ? await quarantineReasons(store, status.manifest) : [];
  const findings = verify ? await verifyJob(store, job) : undefined;
  if (json) {
    printJson({ ...jobDocument(status, store.url, reasons), ...(findings && { findings }) });
  } else {
    print(jobLines(status, store.url, reasons).join('\n'));
    if (status.state !== 'done') say(describeNotDone(status, where));
    for (const { severity, message } of findings ?? []) print(`  ${severity}: ${message}`);
  }
  const touched = findings?.filter(({ severity }) => severity === 'corrupt') ?? [];
  if (touched.length > 0) throw corrupt(job, touched.length);
  if (findings && !json) print('  every file is as it was written, and all adds up');
}

function describeNotDone(status: JobStatus, where: string): string {
  const { message, fix } = notDone(status, where);
  return `${message}${fix === undefined ? '' : `\n  next: ${fix}`}`;
}

/** Looks until no drive is under way. */
async function untilEnded(store: ObjectStore, job: string, json: boolean): Promise<JobStatus> {
  const receipts = new Map<number, Receipt>();
  let status = await readJob(store, job, receipts);
  const progress = rowProgress(status.plan, rowsOf(status), json);
  while (isUnderWay(status)) {
    await sleep(LOOK_MS);
    status = await readJob(store, job, receipts);
    progress.update(rowsOf(status));
  }
  progress.end();
  return status;
}

const rowsOf = ({ progress }: JobStatus): number => progress.scored + progress.quarantined;

/** A drive was begun that nobody has accounted for; unless its process is known to be gone, it goes on. */
const isUnderWay = ({ state, drive }: JobStatus): boolean =>
  (state === 'planned' || state === 'running') && drive !== undefined && isAlive(drive.execution) !== false;

/** Goes on with a drive that was interrupted; where it has ended or was stopped, with the next one. */
async function resume(place: BatchPlace, job: string, options: ActionOptions): Promise<void> {
  const status = await readJob(place.store, job);
  const { state, drive, stop } = status;
  const isInterrupted = drive !== undefined && stop === undefined && (state === 'planned' || state === 'running');
  await goOn(place, status, { job, ...(isInterrupted && { drive: drive.drive }) }, options);
}

/** Scores what is left by a drive of its own. */
async function redrive(place: BatchPlace, job: string, options: ActionOptions): Promise<void> {
  await goOn(place, await readJob(place.store, job), { job }, options);
}

async function goOn(
  place: BatchPlace,
  status: JobStatus,
  request: DriveRequest,
  { json }: ActionOptions,
): Promise<void> {
  const { job, state, drive, plan } = status;
  const isDriven = (state === 'planned' || state === 'running') && drive !== undefined && isAlive(drive.execution);
  if (state === 'refused' || isDriven) throw notDone(status, place.where);
  if (state === 'done') {
    if (!json) say('It is done: nothing is left to be scored.');
  } else {
    await place.score({ ...request, actor: place.actor }, { json, concurrency: plan.options.concurrency });
  }
  await reportJob(place, job, { json });
}

async function cancel({ store, actor }: BatchPlace, job: string, { json, reason }: ActionOptions): Promise<void> {
  const at = new Date().toISOString();
  const stop = await cancelJob(store, job, { at, actor, ...(reason !== undefined && { reason }) });
  const status = await readJob(store, job);
  if (json) printJson(jobDocument(status, store.url));
  else if (stop) print(`No further shard of job ${job} is begun; what is scored stays.`);
  else print(`Job ${job} is ${status.state}: there is nothing to stop.`);
}

const corrupt = (job: string, count: number): OnnwardError =>
  new OnnwardError(
    `Job ${job} is not as it was written: ${count === 1 ? 'one thing is' : `${count} things are`} wrong.`,
    {
      code: 'batch.touched',
      kind: 'corrupt',
      fix: 'Restore the files that are named from a backup, or score the inputs anew.',
      fields: { job, count },
    },
  );
