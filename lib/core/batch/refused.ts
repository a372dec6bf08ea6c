import type { OnnwardError } from '../errors.ts';
import { concurrencyOf } from './cost.ts';
import { writeOnce } from '../documents.ts';
import { jobId, type JobIdentity } from './identity.ts';
import { manifestKey, planKey } from './keys.ts';
import type { BatchOptions } from './options.ts';
import type { BatchManifest, BatchPlan, Estimate, PinnedModel, ScoringInput } from './plan.ts';
import { refusalOf } from './refusal.ts';
import type { BatchWorld } from './world.ts';

/** What is known of a job, more and more of it while it is planned. */
export interface KnownOfJob {
  model: PinnedModel;
  /** What it is made of, as far as it was found. */
  seen: JobIdentity['inputs'];
  /** Of the request. */
  readonly given?: BatchOptions;
  readonly actor?: string;
  inputs?: readonly ScoringInput[];
  /** Merged. */
  options?: BatchOptions;
  estimate?: Estimate;
}

const NO_ESTIMATE: Estimate = { rows: 0, exact: false, seconds: 0, usd: 0, rowsPerSecond: 0 };

/**
 * Leaves a plan and a manifest that say why a job was not begun, for whoever looks for it, and returns its name. That is
 * not the name that the job would have had: once the reason is gone, the same request or object is planned as if for the first
 * time. Another reason, also one of the same code, is a record of its own: the first would be told for it.
 */
export async function recordRefusal(world: BatchWorld, known: KnownOfJob, error: OnnwardError): Promise<string> {
  const { model, seen, given, inputs = [], options = {}, estimate = NO_ESTIMATE, actor } = known;
  const refused = [...seen, { store: 'refused', key: error.code, version: error.message }];
  const job = jobId({ model, inputs: refused, ...(given && { options: given }) });
  const plan = await writeOnce<BatchPlan>(world.store, planKey(job), {
    format: 1,
    job,
    createdAt: new Date(world.clock()).toISOString(),
    model,
    inputs,
    options,
    outputFormat: options.format ?? 'jsonl',
    exactMode: options.exact ?? false,
    batchRows: 0,
    shards: 0,
    concurrency: concurrencyOf(world, options),
    estimate,
    ...(actor !== undefined && { actor }),
    refusal: refusalOf(error),
  });
  const manifest = await writeOnce<BatchManifest>(world.store, manifestKey(job), manifestOf(plan));
  world.onManifest?.(manifest);
  return job;
}

const manifestOf = ({ job, model, inputs, createdAt, refusal }: BatchPlan): BatchManifest => ({
  format: 1,
  job,
  model,
  drive: 0,
  state: 'refused',
  rows: { scored: 0, quarantined: 0 },
  inputs,
  parts: [],
  quarantine: [],
  pending: [],
  receipts: 0,
  plannedAt: createdAt,
  finishedAt: createdAt,
  seconds: 0,
  ...(refusal && { refusal }),
});
