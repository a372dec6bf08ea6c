import { outPrefix, quarantinePrefix } from '#core/batch/keys.ts';
import { type JobStatus, type JobSummary, readJob } from '#core/batch/jobs.ts';
import type { Refusal } from '#core/batch/plan.ts';
import { OnnwardError, type OnnwardErrorOptions } from '#core/errors.ts';
import { type Driving, drivingOf } from './batch-driving.ts';
import type { BatchPlace } from './batch-place.ts';
import { bringOutputs, type OutputTarget } from './batch-outputs.ts';
import { quarantineReasons, type Reason } from './batch-quarantine.ts';
import { counted, jobLines } from './batch-report.ts';
import { print, printJson, say } from './output.ts';

export interface ReportOptions {
  readonly json: boolean;
  /** Where the outputs are to be put together. @default - they stay in the store */
  readonly output?: OutputTarget | undefined;
}

/**
 * Says how a job stands, and brings its outputs where they were asked for. Throws, once all is said, where the job is not done:
 * `batch.pending`, `batch.cancelled`, `batch.running`, or what it was refused or has failed for.
 */
export async function reportJob(place: BatchPlace, job: string, { json, output }: ReportOptions): Promise<void> {
  const { store, where } = place;
  const status = await readJob(store, job);
  const reasons = status.manifest ? await quarantineReasons(store, status.manifest) : [];
  // Data that goes to stdout is not to have words in it.
  const tell = output?.kind === 'stdout' ? say : print;
  if (json) printJson(jobDocument(status, store.url, reasons));
  else if (status.state !== 'refused') tell(jobLines(status, store.url, reasons).join('\n'));
  if (status.state !== 'done') throw notDone(status, where, await drivingOf(place, status));
  const { manifest, plan } = status;
  if (output && manifest) await bringOutputs(store, { manifest, format: plan.outputFormat }, output);
  if (output && output.kind !== 'stdout' && !json) say(`The outputs are in ${output.path}`);
}

/** What `--json` says of a job. */
export function jobDocument(status: JobSummary, url: string, reasons?: readonly Reason[]): object {
  const { job, state, plan, manifest, progress, drive } = status;
  const { model, inputs, createdAt: plannedAt, shards, estimate, actor, refusal } = plan;
  return {
    job,
    state,
    model,
    ...(actor !== undefined && { actor }),
    plannedAt,
    inputs: inputs.map(({ store, key }) => `${store}/${key}`),
    shards: { all: shards, scored: progress.shards },
    ...(drive && { drive: drive.drive }),
    estimate,
    rows:
      manifest && progress.shards === manifest.receipts
        ? manifest.rows
        : { scored: progress.scored, quarantined: progress.quarantined },
    outputs: `${url}/${outPrefix(model.name, job)}`,
    quarantine: `${url}/${quarantinePrefix(model.name, job)}`,
    ...(manifest && { manifest }),
    ...(reasons && { reasons }),
    ...(refusal && { refusal }),
  };
}

/** Why a job is not done, and what to do. */
export function notDone(
  { job, state, plan, manifest, progress, stop }: JobStatus,
  where: string,
  driving?: Driving,
): OnnwardError {
  const again = `Run \`onnward batches redrive ${job}${where}\` to score what is left.`;
  const refusal = plan.refusal ?? manifest?.refusal ?? stop?.refusal;
  if (state === 'refused' && refusal) return refused(refusal);
  if (state === 'failed' && refusal) return error(refusal.code, refusal.message, job, refusal.fix ?? again);
  if (state === 'cancelled') return error('batch.cancelled', `Job ${job} was cancelled${because(refusal)}`, job, again);
  const left = counted(plan.shards - progress.shards, 'shard');
  if (state === 'pending') {
    return error('batch.pending', describePending(job, left, manifest?.reasons?.[0]), job, again);
  }
  if (driving?.end !== undefined) {
    return new OnnwardError(
      `${driving.end}, and ${left} of job ${job} ${plan.shards - progress.shards === 1 ? 'is' : 'are'} left.`,
      {
        code: 'batch.interrupted',
        kind: 'unavailable',
        fix: `Run \`onnward batches resume ${job}${where}\` to go on.`,
        fields: { job },
      },
    );
  }
  const fix = `See \`onnward batches show ${job} --watch${where}\`; if nobody is at it, run \`onnward batches resume ${job}${where}\`.`;
  return error('batch.running', `Job ${job} is begun, and ${left} of it are left.`, job, fix);
}

const describePending = (job: string, left: string, reason: Refusal | undefined): string =>
  `Of job ${job} ${left} could not be scored${reason ? `: ${reason.message}` : '.'}`;

const because = (refusal: Refusal | undefined): string => (refusal ? `: ${refusal.message}` : '.');

const refused = ({ code, message, fix }: Refusal): OnnwardError =>
  new OnnwardError(message, { code, kind: 'invalid', ...(fix !== undefined && { fix }) });

const error = (code: string, message: string, job: string, fix: string): OnnwardError =>
  new OnnwardError(message, { code, kind: 'conflict', fix, fields: { job } } satisfies OnnwardErrorOptions);
