import { batchOptions } from '#core/batch/options.ts';
import { type Conflict, consistent } from '#core/consistent.ts';
import { falseOr, fields, flag, oneOf, over, text, whole } from '#core/fields.ts';
import { type CaptureOptions, captureOptions, enabledCapture } from '#core/monitoring/capture/options.ts';
import { enabledFeedback, type FeedbackOptions, feedbackOptions } from '#core/monitoring/feedback-options.ts';
import { conflictsOfWatch, watchOptions } from '#core/monitoring/watch-options.ts';
import { conflictsOfRelease } from '#core/release/option-conflicts.ts';
import { releaseOptions } from '#core/release/options.ts';
import { trainingOptions } from '#core/training/options.ts';
import * as v from 'valibot';

const serving = fields({
  /** Compute threads of a session. @default 1; in Lambda as many as `memory` brings CPUs */
  threads: v.optional(whole(1, 1024)),
  /** No batching across requests, for a model whose outputs change in the last digit with the batch. @default false */
  exact: v.optional(flag()),
  /** Requests that may wait; one more is refused with 429. @default 256 */
  maxQueue: v.optional(whole(1, 1_000_000)),
  /** Requests in computation at once. @default - batches of 16 for each session */
  maxConcurrency: v.optional(whole(1, 1_000_000)),
  /** Milliseconds until a request is given up with 504. @default 30000 */
  deadlineMs: v.optional(whole(1, 86_400_000)),
});

const milliseconds = () => over(0, 900_000);

const alarms = fields({
  /** Milliseconds that the median latency may have. @default - no alarm */
  p50: v.optional(milliseconds()),
  /** Milliseconds that nine of ten requests may take. @default - no alarm */
  p90: v.optional(milliseconds()),
  /** Milliseconds that 99 of 100 requests may take. @default 1000 */
  p99: v.optional(milliseconds()),
  /** Percent of requests that may fail by our doing (5xx). @default 1 */
  errorRate: v.optional(over(0, 100)),
  /** Cold starts that five minutes may have; makes one custom metric of the log. @default - no alarm */
  coldStarts: v.optional(whole(1, 1_000_000)),
  /** Percent of the reserved concurrency that may be in use. @default 80 */
  concurrency: v.optional(over(0, 100)),
});

const schedule = fields({
  /** As EventBridge has it, in UTC: `rate(1 day)`, `cron(0 6 * * ? *)`. */
  rate: text(
    /^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\((\S+ ){5}\S+\))$/,
    "'rate(1 day)', or 'cron(…)' with six fields",
  ),
  /** What is scored, once for each of its versions: a file, or a prefix that ends in `/` for all tables below it. */
  input: text(
    /^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/|batch\/.)/,
    "'s3://BUCKET/…', or a key of the stage's own bucket, 'batch/…'",
  ),
});

const batch = fields({
  ...batchOptions,
  /** Besides what arrives by itself below `batch/in/NAME/`. @default - none */
  schedule: v.optional(schedule),
});

/** How long CloudWatch can keep a log, days. Source: the API reference of PutRetentionPolicy. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

/** Who may call: signed requests of IAM identities, bearers of a JWT, or everybody on the internet. */
export const auth = () => oneOf(['iam', 'jwt', 'none']);

const entries = fields({
  /** How it is served; wins over what its manifest says. @default - the manifest's */
  serving: v.optional(serving),
  /** MB of the Lambda function; a CPU comes with each 1769. @default 1769 */
  memory: v.optional(whole(128, 10_240)),
  /** @default 'arm64' */
  architecture: v.optional(oneOf(['arm64', 'x86_64'])),
  /** 'zip' needs no Docker at all. @default 'image' */
  packaging: v.optional(oneOf(['image', 'zip'])),
  /** Who may call it. @default - as the stage's `api.auth` says, which is 'iam' */
  auth: v.optional(auth()),
  /** Seconds of an invocation; API Gateway waits for 29 at most. @default 29 */
  timeout: v.optional(whole(1, 900)),
  /** Executions at once that are kept for it, and that it cannot exceed. @default - the account's, shared */
  reservedConcurrency: v.optional(whole(1, 100_000)),
  /** Executions kept initialised, paid for by the hour. @default - none */
  provisionedConcurrency: v.optional(whole(1, 100_000)),
  /** MB of /tmp, for a model from S3 that is larger; over 512 it costs by the second. @default 512 */
  storage: v.optional(whole(512, 10_240)),
  /** Start from a snapshot: helps models whose loading is slow, costs by its gigabytes. @default false */
  snapStart: v.optional(flag()),
  /** X-Ray traces. @default false */
  tracing: v.optional(flag()),
  /** Days that logs are kept. @default 30 */
  logRetention: v.optional(oneOf(RETENTION_DAYS)),
  /** The live version of the store goes into the image or zip, instead of coming from S3. @default false */
  bake: v.optional(flag()),
  /** Files are scored with it too, with these options where nothing nearer to the file says otherwise. @default - none are */
  batch: v.optional(batch),
  /** Thresholds; `false` makes no alarm but those of `watch`. @default - errors, crashes, throttles, p99, `live` on $LATEST */
  alarms: v.optional(falseOr(alarms, 'an object of thresholds')),
  ...releaseOptions,
  /** Each answer has a receipt, with which its truth can be sent back. @default false */
  feedback: v.optional(feedbackOptions as v.GenericSchema<FeedbackOptions | boolean>),
  /** What makes its versions out of data: `onnward train`. @default - its files come from elsewhere */
  training: v.optional(trainingOptions),
  /** Requests and answers are kept, redacted and sampled. @default - as `watch.drift` needs it, else none */
  capture: v.optional(captureOptions as v.GenericSchema<CaptureOptions | boolean>),
  /** What happens where a live version gets worse. @default - nothing is looked at */
  watch: v.optional(watchOptions),
});

/** What AWS does not do together. Source: the Lambda developer guide, "SnapStart" and "Provisioned concurrency". */
function conflictsOf(model: v.InferOutput<typeof entries>): Conflict[] {
  const { provisionedConcurrency: provisioned, reservedConcurrency: reserved, snapStart, packaging } = model;
  const conflicts: Conflict[] = [];
  if (snapStart && (model.storage ?? 512) > 512) {
    conflicts.push({ path: ['snapStart'], message: `takes no more than 512 MB of storage, which is ${model.storage}` });
  }
  if (snapStart && packaging === 'zip') {
    conflicts.push({ path: ['snapStart'], message: "is there for images only, and packaging is 'zip'" });
  }
  if (provisioned !== undefined && snapStart) {
    conflicts.push({ path: ['snapStart'], message: 'cannot go with provisionedConcurrency: leave one of them out' });
  }
  if (provisioned !== undefined && reserved !== undefined && provisioned > reserved) {
    const message = `is ${provisioned}, and cannot be over reservedConcurrency, ${reserved}`;
    conflicts.push({ path: ['provisionedConcurrency'], message });
  }
  if (typeof model.alarms === 'object' && model.alarms.concurrency !== undefined && reserved === undefined) {
    conflicts.push({ path: ['alarms', 'concurrency'], message: 'needs reservedConcurrency to be a percentage of' });
  }
  return [...conflicts, ...watchConflicts(model), ...conflictsOfRelease(model)];
}

function watchConflicts({ watch, feedback, capture, gates, training }: v.InferOutput<typeof entries>): Conflict[] {
  if (!watch) return [];
  const around = {
    feedback: enabledFeedback(feedback) !== undefined,
    gates: gates !== undefined,
    training: training !== undefined,
  };
  const conflicts = conflictsOfWatch(watch, around);
  if (capture === false && (watch.drift || watch.slices)) {
    conflicts.push({ path: ['drift'], message: 'needs capture, which is false: leave that out' });
  }
  return conflicts.map(({ path, message }) => ({ path: ['watch', ...path], message }));
}

/** What of a model's requests is kept; undefined where nothing is. A hidden tensor is computed of whole ones. */
export function captureOf({ capture, watch }: Pick<ModelConfig, 'capture' | 'watch'>): CaptureOptions | undefined {
  const options = enabledCapture(capture ?? (watch?.drift !== undefined || watch?.slices !== undefined));
  return options && watch?.drift?.hidden !== undefined ? { whole: true, ...options } : options;
}

export const model = v.pipe(entries, consistent(conflictsOf));

/** What a model's entry says of files. */
export type BatchConfig = v.InferOutput<typeof batch>;

/** One model's entry of the configuration. */
export type ModelConfig = v.InferOutput<typeof model>;
