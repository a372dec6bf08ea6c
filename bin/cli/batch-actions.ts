import { setTimeout as sleep } from 'node:timers/promises';
import { cancelJob, type JobStatus, readJob } from '#core/batch/jobs.ts';
import type { Receipt } from '#core/batch/plan.ts';
import { verifyJob } from '#core/batch/verify-job.ts';
import { OnnwardError } from '#core/errors.ts';
import { drivingOf } from './batch-driving.ts';
import { jobDocument, notDone, reportJob } from './batch-job.ts';
import type { BatchPlace } from './batch-place.ts';
import { rowProgress } from './batch-progress.ts';
import { quarantineReasons } from './batch-quarantine.ts';
import { counted, jobLines } from './batch-report.ts';
import { print, printJson, say } from './output.ts';

interface ActionOptions {
  readonly json: boolean;
  readonly verify: boolean;
  readonly watch: boolean;
  readonly reason: string | undefined;
}

type Action = (place: BatchPlace, job: string, options: ActionOptions) => Promise<void>;

/** What can be done with a job that there is. */
export const BATCH_ACTIONS: Readonly<Record<string, Action>> = { show, resume: goOn, redrive: goOn, cancel };

/** How often a job that is watched is looked at, ms. */
const LOOK_MS = 1_000;

async function show(place: BatchPlace, job: string, { json, verify, watch }: ActionOptions): Promise<void> {
  const { store } = place;
  const status = await (watch ? untilEnded(place, job, json) : readJob(store, job));
  const reasons = status.manifest ? await quarantineReasons(store, status.manifest) : [];
  const findings = verify ? await verifyJob(store, job) : undefined;
  if (json) {
    printJson({ ...jobDocument(status, store.url, reasons), ...(findings && { findings }) });
  } else {
    print(jobLines(status, store.url, reasons).join('\n'));
    if (status.state !== 'done') say(await describeNotDone(place, status));
    for (const { severity, message } of findings ?? []) print(`  ${severity}: ${message}`);
  }
  const touched = findings?.filter(({ severity }) => severity === 'corrupt') ?? [];
  if (touched.length > 0) throw corrupt(job, touched.length);
  if (findings && !json) print('  every file is as it was written, and all adds up');
}

async function describeNotDone(place: BatchPlace, status: JobStatus): Promise<string> {
  const { message, fix } = notDone(status, place.where, await drivingOf(place, status));
  return `${message}${fix === undefined ? '' : `\n  next: ${fix}`}`;
}

/** Looks until no drive is under way. */
async function untilEnded(place: BatchPlace, job: string, json: boolean): Promise<JobStatus> {
  const { store } = place;
  const receipts = new Map<number, Receipt>();
  let status = await readJob(store, job, receipts);
  const progress = rowProgress(status.plan, rowsOf(status), json);
  while (await isUnderWay(place, status)) {
    await sleep(LOOK_MS);
    status = await readJob(store, job, receipts);
    progress.update(rowsOf(status));
  }
  progress.end();
  // Its manifest may have come between the look at it and the look at who drives it.
  return readJob(store, job, receipts);
}

const rowsOf = ({ progress }: JobStatus): number => progress.scored + progress.quarantined;

/** A drive was begun that nobody has accounted for; unless it is known to have ended, it goes on. */
async function isUnderWay(place: BatchPlace, status: JobStatus): Promise<boolean> {
  const driving = await drivingOf(place, status);
  return driving !== undefined && driving.isAlive !== false;
}

/**
 * Scores what is left, unless somebody is at it. It is by the next drive, also where the last one was interrupted: a drive
 * belongs to one execution, and that is the one to ask whether it goes on.
 */
async function goOn(place: BatchPlace, job: string, { json }: ActionOptions): Promise<void> {
  const status = await readJob(place.store, job);
  const { state, plan } = status;
  const driving = await drivingOf(place, status);
  if (state === 'refused' || driving?.isAlive) throw notDone(status, place.where, driving);
  if (state === 'done') {
    if (!json) say('It is done: nothing is left to be scored.');
  } else {
    await place.score({ job, actor: place.actor }, { json, concurrency: plan.options.concurrency });
  }
  await reportJob(place, job, { json });
}

/** Has no further shard begun; where nobody is at the job who would account for it, that is done here. */
async function cancel(place: BatchPlace, job: string, { json, reason }: ActionOptions): Promise<void> {
  const { store, actor } = place;
  const before = await readJob(store, job);
  const driving = await drivingOf(place, before);
  if (driving) {
    const at = new Date().toISOString();
    await cancelJob(store, job, { at, actor, ...(reason !== undefined && { reason }) });
  }
  const isLeft = driving?.isAlive === false && before.drive !== undefined;
  if (isLeft) await place.score({ job, drive: before.drive.drive, actor }, { json: true });
  const status = await readJob(store, job);
  if (json) printJson(jobDocument(status, store.url));
  else print(describeCancelled(status, { isBegun: driving !== undefined, isLeft }));
}

function describeCancelled(
  { job, state, plan, progress }: JobStatus,
  { isBegun, isLeft }: { readonly isBegun: boolean; readonly isLeft: boolean },
): string {
  if (!isBegun) return `Job ${job} is ${state}: nothing is under way.`;
  if (!isLeft) return `No further shard of job ${job} is begun; what is scored stays.`;
  return `Job ${job} is ${state}: ${progress.shards} of ${counted(plan.shards, 'shard')} are scored, and stay.`;
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
