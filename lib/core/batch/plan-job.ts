import { OnnwardError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { placeOf } from '../scoring/place.ts';
import type { ScoringInput } from '../scoring/shard.ts';
import { accountJob } from './account.ts';
import { readArrival, type ArrivedInput } from './arrival.ts';
import { parseRequest } from './asked.ts';
import { claimArrival, findModel } from './claim.ts';
import { readDocument } from '../documents.ts';
import { beginDrive, driveShards, lastDrive } from './drives.ts';
import type { ArrivalEvent, DriveRequest, JobRequest, PlanAnswer, TaskEvent } from './events.ts';
import { type JobIdentity, jobId } from './identity.ts';
import { findInputs, inputOf, readSidecar } from './inputs.ts';
import { driveKey, driveShardsKey, manifestKey, planKey } from './keys.ts';
import { makePlan } from './make-plan.ts';
import { noJob } from './no-job.ts';
import { isServedExactly, outputFormatOf } from './measure.ts';
import { mergeOptions, withoutDefaults, type BatchOptions } from './options.ts';
import type { BatchManifest, BatchPlan, Drive } from './plan.ts';
import { recordRefusal, type KnownOfJob } from './refused.ts';
import { isRefusal } from './refusal.ts';
import type { BatchWorld } from './world.ts';

type PlanEvent = Extract<TaskEvent, { task: 'plan' }>;

/**
 * Begins a job, or goes on with it: whatever was done of this before is found and not done again, so that the task may die
 * anywhere and be repeated. What a person has to mend is recorded as a job that was refused; what may be better at the next
 * try is thrown. Throws `batch.request`.
 */
export async function planJob(world: BatchWorld, { execution, input }: PlanEvent): Promise<PlanAnswer> {
  const request = parseRequest(input);
  if ('job' in request) return driveAgain(world, execution, request);
  return 'detail' in request ? planArrival(world, execution, request) : planRequest(world, execution, request);
}

async function planArrival(world: BatchWorld, execution: string, event: ArrivalEvent): Promise<PlanAnswer> {
  const arrived = await readArrival(world, event);
  if (arrived.kind === 'input') return planInput(world, execution, arrived.input);
  if (arrived.kind === 'nothing' || !world.answerRequest) return { state: 'ignored' };
  await world.answerRequest(arrived.key);
  return { state: 'answered' };
}

function planInput(world: BatchWorld, execution: string, arrived: ArrivedInput): Promise<PlanAnswer> {
  const { model, reader, key, version } = arrived;
  const seen = { store: reader.url, key, version };
  const known: KnownOfJob = { model: { name: model, version: 0 }, seen: [seen], actor: `${reader.url}/${key}` };
  return planned(world, execution, known, async () => {
    const manifest = await claimArrival(world, { ...seen, model });
    known.model = { name: manifest.name, version: manifest.version };
    const inputs = [await inputOf(reader, key, arrived)];
    const options = mergeOptions(await readSidecar(reader, key), world.optionsOf(model));
    return { manifest, inputs, options };
  });
}

function planRequest(world: BatchWorld, execution: string, request: JobRequest): Promise<PlanAnswer> {
  const { model, inputs: urls, options: given = {}, actor } = request;
  const seen = urls.map((key) => ({ store: '', key, version: '' }));
  const known: KnownOfJob = { model: { name: model, version: 0 }, seen, given, ...(actor !== undefined && { actor }) };
  return planned(world, execution, known, async () => {
    const manifest = await findModel(world, model);
    known.model = { name: manifest.name, version: manifest.version };
    const inputs = await findInputs(world, urls);
    known.seen = inputs;
    const options = mergeOptions(given, await besideThe(world, inputs), world.optionsOf(manifest.name));
    return { manifest, inputs, options };
  });
}

/** What lies beside an input speaks for a job that has no other. */
async function besideThe(world: BatchWorld, [input, ...more]: readonly ScoringInput[]): Promise<BatchOptions> {
  if (!input || more.length > 0 || input.key === '' || input.key.endsWith('/')) return {};
  return readSidecar(await world.inputs(input.store), input.key);
}

interface Found {
  readonly manifest: Manifest;
  readonly inputs: readonly ScoringInput[];
  readonly options: BatchOptions;
}

/** Finds out what is to be done, plans it, and drives; or records why not. */
async function planned(
  world: BatchWorld,
  execution: string,
  known: KnownOfJob,
  find: () => Promise<Found>,
): Promise<PlanAnswer> {
  try {
    const found = await find();
    known.inputs = found.inputs;
    known.options = found.options;
    const job = jobId(identityOf(known, found));
    const actor = known.actor !== undefined && { actor: known.actor };
    const onEstimate = (estimate: BatchPlan['estimate']) => (known.estimate = estimate);
    const plan =
      (await readDocument<BatchPlan>(world.store, planKey(job))) ??
      (await makePlan(world, { job, ...found, ...actor }, onEstimate));
    return await firstDrive(world, plan, execution, known.actor);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { state: 'refused', job: await recordRefusal(world, known, error) };
  }
}

/** What arrives is claimed once, by its first event; what is asked for with other options is another job. */
function identityOf({ model, seen, given }: KnownOfJob, { manifest, inputs, options }: Found): JobIdentity {
  if (!given) return { model, inputs: seen };
  const format = outputFormatOf({ inputs, options: { ...options, format: undefined } });
  return { model, inputs: seen, options: withoutDefaults(options, { format, exact: isServedExactly(manifest) }) };
}

/** The first drive belongs to one execution; to any other one the job is begun already. */
async function firstDrive(
  world: BatchWorld,
  { job, concurrency }: BatchPlan,
  execution: string,
  actor: string | undefined,
): Promise<PlanAnswer> {
  const driver = { execution, at: now(world), ...(actor !== undefined && { actor }) };
  const drive = (await lastDrive(world.store, job)) ?? (await beginDrive(world.store, job, 1, driver));
  if (drive.execution === execution) return drivenBy(world, job, drive.drive, concurrency);
  const manifest = await readDocument<BatchManifest>(world.store, manifestKey(job));
  return { state: manifest?.state === 'done' ? 'done' : 'duplicate', job };
}

/** Scores what has no receipt yet: by the next drive, or by one that was interrupted. */
async function driveAgain(world: BatchWorld, execution: string, request: DriveRequest): Promise<PlanAnswer> {
  const { job, drive: number, actor } = request;
  const plan = await readDocument<BatchPlan>(world.store, planKey(job));
  if (!plan) throw noJob(job);
  if (plan.refusal) return { state: 'refused', job };
  const drive =
    number === undefined ? await nextDrive(world, job, execution, actor) : await driveOf(world, job, number);
  if (number === undefined && drive.execution !== execution) return { state: 'duplicate', job };
  return drivenBy(world, job, drive.drive, plan.concurrency);
}

async function nextDrive(world: BatchWorld, job: string, execution: string, actor: string | undefined): Promise<Drive> {
  const last = await lastDrive(world.store, job);
  if (last?.execution === execution) return last;
  const driver = { execution, at: now(world), ...(actor !== undefined && { actor }) };
  return beginDrive(world.store, job, (last?.drive ?? 0) + 1, driver);
}

async function driveOf({ store }: BatchWorld, job: string, drive: number): Promise<Drive> {
  const there = await readDocument<Drive>(store, driveKey(job, drive));
  if (there) return there;
  throw new OnnwardError(`The job ${job} has no drive ${drive}.`, {
    code: 'batch.no_drive',
    kind: 'not-found',
    fix: "Leave 'drive' out, and the next one begins.",
    fields: { job, drive },
  });
}

/** A drive that finds nothing to score has ended, and the job with it. */
async function drivenBy(world: BatchWorld, job: string, drive: number, concurrency: number): Promise<PlanAnswer> {
  const shards = await driveShards(world.store, job, drive);
  if (shards.length > 0) {
    return { state: 'planned', job, drive, concurrency, list: placeOf(world.store.url, driveShardsKey(job, drive)) };
  }
  const { state } = await accountJob(world, { job, drive });
  return { state: state === 'done' ? 'done' : 'failed', job };
}

const now = ({ clock }: BatchWorld): string => new Date(clock()).toISOString();
