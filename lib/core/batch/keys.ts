/** Where everything of batch inference lies in an object store. Prefixes end in `/`. */

/** All of it. */
export const BATCH_PREFIX = 'batch/';

/** What arrives: `batch/in/<model>/<name>`. */
export const IN_PREFIX = 'batch/in/';
export const inPrefix = (model: string): string => `${IN_PREFIX}${model}/`;
/** What `onnward batch FILE --stage NAME` takes along, by its hash: nothing begins by itself there. It goes after a month. */
export const UPLOADS_PREFIX = 'batch/uploads/';
export const uploadPrefix = (model: string, hash: string): string => `${UPLOADS_PREFIX}${model}/${hash}/`;
/** Options of one input, there before it: the input's key with this behind it. */
export const OPTIONS_SUFFIX = '.batch.json';

/** Create-only: which job the arrival of one version of one object has become. `hash` is `arrivalHash`. */
export const claimKey = (hash: string): string => `batch/claims/${hash}.json`;

/** What a job that AWS Batch runs has become here, by its id there: the answer of `plan`. */
export const queuedKey = (id: string): string => `batch/queued/${id}.json`;

export const JOBS_PREFIX = 'batch/jobs/';
const jobPrefix = (job: string): string => `${JOBS_PREFIX}${job}/`;
/** Create-only: what is done, to what, by which version. */
export const planKey = (job: string): string => `${jobPrefix(job)}plan.json`;
/** Create-only: every shard, a JSON list. */
export const shardsKey = (job: string): string => `${jobPrefix(job)}shards.json`;
/** Create-only: the objects of an input of `objects`, one JSON line each. */
export const objectsKey = (job: string, input: number): string => `${jobPrefix(job)}objects-${padded(input)}.jsonl`;

/** A drive is one run of the workflow over a job's shards that are not scored yet; a job is driven again until none is left. */
export const drivesPrefix = (job: string): string => `${jobPrefix(job)}drives/`;
/** Create-only: who began it, and when. */
export const driveKey = (job: string, drive: number): string => `${drivesPrefix(job)}${padded(drive)}.json`;
/** Create-only: the shards of the drive, a JSON list, as a map takes it. */
export const driveShardsKey = (job: string, drive: number): string =>
  `${drivesPrefix(job)}${padded(drive)}.shards.json`;
/** Create-only: that the drive is to score no further shard, and why. */
export const stopKey = (job: string, drive: number): string => `${drivesPrefix(job)}${padded(drive)}.stop.json`;
/** Create-only: why a shard of the drive could not be scored, at the first of its attempts. */
export const failuresPrefix = (job: string, drive: number): string => `${drivesPrefix(job)}${padded(drive)}/failures/`;
export const failureKey = (job: string, drive: number, shard: number): string =>
  `${failuresPrefix(job, drive)}${padded(shard)}.json`;

/** Create-only, after the shard's parts: that it is scored, with counts and hashes. */
export const receiptsPrefix = (job: string): string => `${jobPrefix(job)}receipts/`;
export const receiptKey = (job: string, shard: number): string => `${receiptsPrefix(job)}${padded(shard)}.json`;
/** Empty objects whose names hold a count: the quarantined rows of all shards are summed by one listing. */
export const talliesPrefix = (job: string): string => `${jobPrefix(job)}tallies/`;
export const tallyKey = (job: string, shard: number, quarantined: number): string =>
  `${talliesPrefix(job)}${padded(shard)}-${quarantined}`;
/** Made anew of plan and receipts whenever there are more of these. */
export const manifestKey = (job: string): string => `${jobPrefix(job)}manifest.json`;

export const outPrefix = (model: string, job: string): string => `batch/out/${model}/${job}/`;
export const quarantinePrefix = (model: string, job: string): string => `batch/quarantine/${model}/${job}/`;
/** Of outputs or quarantined rows, below the prefix of these. */
export const partKey = (prefix: string, shard: number, extension: string): string =>
  `${prefix}part-${padded(shard)}.${extension}`;

/** One large or slow request, and its answer: both go after a day. */
export const REQUESTS_PREFIX = 'batch/requests/';
export const requestPrefix = (model: string, id: string): string => `${REQUESTS_PREFIX}${model}/${id}/`;

/** So that the order of keys is the order of numbers. */
const padded = (number: number): string => String(number).padStart(6, '0');
