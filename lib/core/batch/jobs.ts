import type { ObjectStore } from '../ports.ts';
import { atMost } from '../at-most.ts';
import { readDocument } from '../documents.ts';
import { lastDrive, readStop, stopDrive } from './drives.ts';
import { isJobId } from './identity.ts';
import { JOBS_PREFIX, manifestKey, planKey } from './keys.ts';
import { noJob } from './no-job.ts';
import type { BatchManifest, BatchPlan, Drive, JobState, Receipt, ScoringInput, Stop } from './plan.ts';
import { readReceipts } from './receipts.ts';

/** Jobs that are looked at, at once: a manifest may have megabytes. */
const AT_ONCE = 8;

/** A job as it stands. */
export interface JobStatus {
  readonly job: string;
  readonly state: JobState;
  readonly plan: BatchPlan;
  /** @default - no drive has ended */
  readonly manifest?: BatchManifest;
  /** The last one. @default - none was begun */
  readonly drive?: Drive;
  /** Of the last drive. */
  readonly stop?: Stop;
  readonly progress: Progress;
}

/** What a manifest says of a job as a whole, without its lists of files and shards. */
type ManifestSummary = Omit<BatchManifest, 'inputs' | 'parts' | 'quarantine' | 'pending' | 'outputs'>;

/** A job among many others; its inputs are without their headings. */
export type JobSummary = Omit<JobStatus, 'manifest'> & { readonly manifest?: ManifestSummary };

/** What is scored so far. */
interface Progress {
  /** Of `plan.shards`. */
  readonly shards: number;
  readonly scored: number;
  readonly quarantined: number;
  /** Worker seconds. */
  readonly seconds: number;
}

/** Every job of a store, the latest first: a job is there once it has a plan. */
export async function listJobs(store: ObjectStore): Promise<JobSummary[]> {
  const jobs = (await Array.fromAsync(store.folders(JOBS_PREFIX))).filter(isJobId);
  const found = await atMost(AT_ONCE, jobs, async (job) => {
    const status = await look(store, job, new Map());
    return status && summaryOf(status);
  });
  return found.filter((status) => status !== undefined).sort((a, b) => (a.plan.createdAt < b.plan.createdAt ? 1 : -1));
}

function summaryOf({ manifest, plan, ...status }: JobStatus): JobSummary {
  const inputs = plan.inputs.map(withoutHeading);
  return { ...status, plan: { ...plan, inputs }, ...(manifest && { manifest: withoutLists(manifest) }) };
}

function withoutHeading(headed: ScoringInput): ScoringInput {
  const { heading: _, ...input } = headed;
  return input;
}

function withoutLists(manifest: BatchManifest): ManifestSummary {
  const {
    inputs: _,
    parts: _parts,
    quarantine: _quarantine,
    pending: _pending,
    outputs: _outputs,
    ...summary
  } = manifest;
  return summary;
}

/**
 * A job as it stands now. Who looks again and again gives the same `receipts` each time: then only new ones are read.
 * Throws `batch.no_job`.
 */
export async function readJob(
  store: ObjectStore,
  job: string,
  receipts: Map<number, Receipt> = new Map(),
): Promise<JobStatus> {
  const status = isJobId(job) ? await look(store, job, receipts) : undefined;
  if (!status) throw noJob(job);
  return status;
}

/** Has the last drive of a job score no further shard. Undefined where there was none to stop. Throws `batch.no_job`. */
export async function cancelJob(
  store: ObjectStore,
  job: string,
  { at, actor, reason }: { readonly at: string; readonly actor?: string; readonly reason?: string },
): Promise<Stop | undefined> {
  const { drive, state } = await readJob(store, job);
  if (!drive || state === 'done') return undefined;
  return stopDrive(store, job, drive.drive, {
    reason: 'cancelled',
    at,
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { refusal: { code: 'batch.cancelled', message: reason } }),
  });
}

async function look(store: ObjectStore, job: string, known: Map<number, Receipt>): Promise<JobStatus | undefined> {
  const plan = await readDocument<BatchPlan>(store, planKey(job));
  if (!plan) return undefined;
  const manifest = await readDocument<BatchManifest>(store, manifestKey(job));
  // What a manifest says of a job with nothing pending is final.
  if (manifest && manifest.pending.length === 0) {
    return { job, state: manifest.state, plan, manifest, progress: progressOf(manifest) };
  }
  const drive = await lastDrive(store, job);
  const stop = drive && (await readStop(store, job, drive.drive));
  const receipts = [...(await readReceipts(store, job, known)).values()];
  return {
    job,
    state: stateOf(manifest, receipts.length, drive),
    plan,
    ...(manifest && { manifest }),
    ...(drive && { drive }),
    ...(stop && { stop }),
    progress: sumOf(receipts),
  };
}

/** A manifest speaks of the drives up to its own: a later one may be under way. Clocks of two machines say nothing of it. */
function stateOf(manifest: BatchManifest | undefined, receipts: number, drive: Drive | undefined): JobState {
  if (manifest && manifest.receipts === receipts && (drive?.drive ?? 0) <= manifest.drive) return manifest.state;
  return receipts === 0 ? 'planned' : 'running';
}

const progressOf = ({ receipts, rows, seconds }: BatchManifest): Progress => ({
  shards: receipts,
  scored: rows.scored,
  quarantined: rows.quarantined,
  seconds,
});

function sumOf(receipts: readonly Receipt[]): Progress {
  const sum = { shards: receipts.length, scored: 0, quarantined: 0, seconds: 0 };
  for (const { scored, quarantined, seconds } of receipts) {
    sum.scored += scored;
    sum.quarantined += quarantined;
    sum.seconds += seconds;
  }
  return sum;
}
