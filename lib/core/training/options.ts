import * as v from 'valibot';
import { consistent, type Conflict } from '../consistent.ts';
import { DURATION, secondsOf } from '../duration.ts';
import { invalid } from '../errors.ts';
import { fields, flag, listOf, named, oneOf, over, text, whole, within } from '../fields.ts';

/** A week: what a workflow can look at, and longer than anybody lets a machine run unseen. */
const LONGEST_DAYS = 7;
const TIME = `is to be a time such as '4h', ${LONGEST_DAYS}d at most`;
const time = () =>
  v.pipe(
    v.string(TIME),
    v.check((value) => DURATION.test(value) && secondsOf(value) <= LONGEST_DAYS * 86_400, TIME),
  );

/** The trainer gets all of them as text, as SageMaker has it. */
const hyperparameter = v.union([v.string(), v.number(), v.boolean()], 'is to be text, a number, true or false');

/** Source: the SageMaker API reference, "MetricDefinition". */
const metric = fields({
  name: named('a name such as validation:accuracy'),
  /** Its first group is the number: `accuracy=([0-9.]+)`. */
  regex: v.pipe(
    v.string('is to be a regular expression'),
    v.check((source) => isRegex(source), 'is to be a regular expression with a group: accuracy=([0-9.]+)'),
  ),
});

const objective = fields({
  /** Of a metric that is reported, or that `metrics.json` holds. */
  metric: named('the name of a metric'),
  /** @default 'maximize' */
  goal: v.optional(oneOf(['maximize', 'minimize'])),
});

/** What a hyperparameter may be. */
const range = v.union(
  [
    fields({ values: listOf(hyperparameter, 'a list of values') }),
    fields({
      from: v.number('is to be a number'),
      to: v.number('is to be a number'),
      /** `log`: as many trials between 0.001 and 0.01 as between 0.01 and 0.1. @default 'linear' */
      scale: v.optional(oneOf(['linear', 'log'])),
      /** @default false */
      integer: v.optional(flag()),
    }),
  ],
  'is to be { values: […] } or { from, to, scale?, integer? }',
);

const tuningFields = fields({
  /** By the name of the hyperparameter; the others stay as they are. */
  parameters: v.record(v.string(), range, 'is to be an object of ranges'),
  objective,
  /** `halving`: many begin with little, and the best third of each round goes on with three times as much. @default 'random' */
  strategy: v.optional(oneOf(['random', 'halving'])),
  /** Of `halving`: the hyperparameter that says how much, such as `epochs`, from the least to the most. */
  resource: v.optional(fields({ parameter: named('a hyperparameter'), from: whole(1, 1e9), to: whole(1, 1e9) })),
  /** Trials in all; of `halving`, those of the first round. @default 20 */
  trials: v.optional(whole(1, 1000)),
  /** Trials at once. @default 2 */
  parallel: v.optional(whole(1, 100)),
  /** The same seed tries the same values. @default 0 */
  seed: v.optional(whole(0, 2 ** 31)),
  /** A trial is stopped that is behind half of the others at the same step, from the fourth trial on. @default true */
  earlyStopping: v.optional(flag()),
});

const optimizeFields = fields({
  /** @default - all that suit the model */
  methods: v.optional(listOf(oneOf(['simplify', 'dynamic-int8', 'static-int8', 'fp16', 'prune']), 'a list of methods')),
  /** Accuracy (R2 of a regression) that a variant may lose, as a difference, with 95 % confidence. @default 0.01 */
  margin: v.optional(within(0.0001, 0.5)),
  /** Share of the rows for which the answer is the same as before, at the least. @default 0.98 */
  agreement: v.optional(within(0, 1)),
  /** What is to be least among those that pass. @default 'latency' */
  prefer: v.optional(oneOf(['latency', 'size', 'load'])),
  /** Milliseconds that the median inference of one row may take. @default - no limit */
  milliseconds: v.optional(over(0, 60_000)),
  /** Bytes that all files may have together. @default - no limit */
  bytes: v.optional(whole(1, 1e12)),
  /** Share of each weight matrix that `prune` sets to 0. @default 0.5 */
  sparsity: v.optional(within(0.05, 0.99)),
  /** Rows whose truth is known, for the guard, and the column that holds it. @default - those of `evaluation` */
  data: v.optional(named('a file or an s3:// URL')),
  label: v.optional(named('a column')),
  /** A table of rows for the calibration of `static-int8`; none of them is judged on. @default - those it was trained on, else a tenth of the held-out ones */
  calibration: v.optional(named('a file or an s3:// URL')),
});

/** What a training needs of a machine. */
const resources = fields({
  /** @default 0 */
  gpus: v.optional(whole(0, 16)),
  /** @default 2 */
  cpus: v.optional(whole(1, 192)),
  /** MB. @default 4096 */
  memory: v.optional(whole(512, 2_000_000)),
  /** MB of /dev/shm, which data loaders of PyTorch need. @default 1024 */
  sharedMemory: v.optional(whole(64, 1_000_000)),
});

/** What starts it without anybody asking. */
const starts = fields({
  /** As EventBridge has it, in UTC: `rate(7 days)`, `cron(0 6 ? * SUN *)`. */
  schedule: v.optional(
    text(
      /^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\((\S+ ){5}\S+\))$/,
      "'rate(7 days)', or 'cron(…)' with six fields",
    ),
  ),
  /** Objects that arrive below this prefix of the stage's bucket. */
  data: v.optional(text(/^training\/in\/.+\/$/, "a prefix 'training/in/…/'")),
  /** By data, it starts once in this time. @default '1d' */
  atMostEvery: v.optional(time()),
});

const entries = fields({
  /** A folder with `train.py`, `requirements.txt` and a `Dockerfile`: a virtual environment here, an image in AWS. */
  source: v.optional(named('a folder')),
  /** Any image that was made for SageMaker training, instead. On a laptop it takes podman. */
  image: v.optional(named('an image, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/trainer:3')),
  /** As text, in `hyperparameters.json`. @default - none */
  hyperparameters: v.optional(v.record(v.string(), hyperparameter, 'is to be an object')),
  /** By name, what is fetched into `/opt/ml/input/data/NAME`: a file or folder beside the configuration, `s3://…`, or a key of the store; a prefix ends in `/`. */
  channels: v.optional(v.record(text(/^[A-Za-z0-9_-]{1,64}$/, 'a name'), named('a path or an s3:// URL'))),
  /** What the trainer prints and is to be kept. @default - none; `metrics.json` is kept in any case */
  metrics: v.optional(listOf(metric, 'a list of metrics')),
  /** How far the model's answers may be from the framework's: |a - b| <= absolute + relative * |b|. @default - 0.0001 and 0.001 */
  tolerance: v.optional(fields({ absolute: within(0, 1e6), relative: within(0, 1) })),
  resources: v.optional(resources),
  /** Machines; more than one are never on spot. @default 1 */
  instances: v.optional(whole(1, 64)),
  /** Of all hosts together; then it is stopped. @default '24h' */
  timeLimit: v.optional(time()),
  /** USD that machines may cost, by their on-demand price; then it is stopped. @default - no limit but that of time */
  budget: v.optional(over(0, 1e6)),
  /** Seconds between two looks at `/opt/ml/checkpoints`. @default 30 */
  checkpointEvery: v.optional(whole(1, 3600)),
  /** The new version is released through the model's gates at once. @default false */
  release: v.optional(flag()),
  /** Faster and smaller variants of what was trained are tried, and the best that passes is registered, too. @default - none is */
  optimize: v.optional(optimizeFields),
  /** What `onnward tune` tries. */
  tuning: v.optional(tuningFields),
  starts: v.optional(starts),
});

/** Source: the AWS Batch user guide, "Multi-node parallel jobs": not on Spot, and the nodes are alike. */
function conflictsOf(options: v.InferOutput<typeof entries>): Conflict[] {
  const conflicts: Conflict[] = [];
  if (options.source !== undefined && options.image !== undefined) {
    conflicts.push({ path: ['image'], message: 'cannot go with source: leave one of them out' });
  }
  return [...conflicts, ...tuningConflicts(options.tuning)];
}

function tuningConflicts({ strategy, resource, parameters }: Partial<TuningOptions> = {}): Conflict[] {
  const conflicts: Conflict[] = [];
  if (strategy === 'halving' && !resource) {
    conflicts.push({ path: ['tuning', 'resource'], message: "is needed by strategy: 'halving'" });
  }
  if (resource && resource.from >= resource.to) {
    conflicts.push({ path: ['tuning', 'resource', 'from'], message: `is to be below to, ${resource.to}` });
  }
  if (resource && Object.hasOwn(parameters ?? {}, resource.parameter)) {
    const path = ['tuning', 'resource', 'parameter'];
    conflicts.push({ path, message: `cannot be tried, too: leave ${resource.parameter} out of parameters` });
  }
  for (const [name, each] of Object.entries(parameters ?? {})) {
    if (!('from' in each)) continue;
    const path = ['tuning', 'parameters', name, 'from'];
    if (each.from >= each.to) conflicts.push({ path, message: `is to be below to, ${each.to}` });
    if (each.scale === 'log' && each.from <= 0) conflicts.push({ path, message: "is to be over 0 for scale: 'log'" });
    if (each.integer && Math.ceil(each.from) > Math.floor(each.to)) {
      conflicts.push({ path, message: `has no whole number up to ${each.to}` });
    }
  }
  return conflicts;
}

function isRegex(source: string): boolean {
  try {
    return (new RegExp(`${source}|`).exec('')?.length ?? 1) > 1;
  } catch {
    return false;
  }
}

/** What a configuration says of the training of a model. */
export const trainingOptions = v.pipe(entries, consistent(conflictsOf));

export type TrainingOptions = v.InferOutput<typeof entries>;
export type TuningOptions = NonNullable<TrainingOptions['tuning']>;
export type OptimizeOptions = NonNullable<TrainingOptions['optimize']>;

/** Throws `training.options`, which names the field. */
export function parseTrainingOptions(value: unknown, where: string): TrainingOptions {
  const { success, output, issues } = v.safeParse(trainingOptions, value);
  if (success) return output;
  const [issue] = issues;
  throw invalid('training.options', `${where}: ${v.getDotPath(issue) ?? 'it'} ${issue.message}.`, {
    fix: 'Correct it in onnward.config.ts, or in the command.',
  });
}
