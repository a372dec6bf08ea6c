import * as v from 'valibot';
import { consistent } from '../consistent.ts';
import { DURATION, secondsOf } from '../duration.ts';
import { invalid, type OnnwardError } from '../errors.ts';
import { falseOr, fields, flag, listOf, named, oneOf, whole, within } from '../fields.ts';
import { gateOptions } from './gates/options.ts';
import { conflictsOfRelease } from './option-conflicts.ts';

const column = named('a column');
const columns = listOf(column, 'a list of columns');

const DAY = 86_400;

/** So many days at most. How long all of it takes together: option-conflicts.ts. */
function duration(days: number) {
  const what = `a time such as '10m', ${days}d at most`;
  const fits = (value: string) => DURATION.test(value) && secondsOf(value) <= days * DAY;
  return v.pipe(v.string(`is to be ${what}`), v.check(fits, `is to be ${what}`));
}

/** Of a canary. */
const MAX_STEPS = 20;
const STEPS = `is to be a list of ${MAX_STEPS} steps at most`;

/** The held-out rows that a version is judged on, and how they are read. */
const evaluationOptions = fields({
  /** A file of rows whose truth is known: a path beside the configuration, `s3://…`, or a key of the store. CSV, JSONL or Parquet. */
  data: named('a file or an s3:// URL'),
  /** The column that holds the truth. */
  label: column,
  /** @default - a classification where the version has labels, probabilities or whole numbers for an output, else a regression */
  task: v.optional(oneOf(['classification', 'regression'])),
  /** The output that is the prediction. @default - the only one, or the one that fits the task */
  output: v.optional(named('an output')),
  /** What the output of a classification holds for each class; `logits` go through a softmax. @default 'probabilities' */
  scores: v.optional(oneOf(['probabilities', 'logits'])),
  /** The class that binary metrics are about. @default - the second of two */
  positive: v.optional(named('a class')),
  /** Columns by whose values all of it is looked at apart. @default - none */
  slices: v.optional(columns),
  /** As for batch inference. @default - all but label, slices, `id` and `drop` */
  columns: v.optional(columns),
  drop: v.optional(columns),
  missing: v.optional(oneOf(['refuse', 'nan'])),
});

/** A share of live traffic for a time. */
const canaryStep = fields({
  /** Percent of the requests. */
  weight: within(0.1, 99),
  /** How long it is watched: `10m`. */
  bake: duration(7),
  /** Requests of the challenger before it is judged. @default - `judge.minimumRequests` */
  minimumRequests: v.optional(whole(1, 10_000_000)),
});

/** What the challenger may do worse than the champion over the same minutes. */
const judgeOptions = fields({
  /** Error rate, as a difference: 0.01 is one request of a hundred more. @default 0.01 */
  errorMargin: v.optional(within(0.001, 1)),
  /** Times the champion's p99 (p50 besides, by the same share). @default 1.5 */
  latencyRatio: v.optional(within(1, 100)),
  /** Accuracy by feedback, as a difference. @default 0.03 */
  accuracyMargin: v.optional(within(0, 1)),
  /** Error of the first kind, over all looks of a step together. @default 0.05 */
  alpha: v.optional(within(0.0001, 0.2)),
  /** Requests of the challenger in each step. @default 100 */
  minimumRequests: v.optional(whole(1, 10_000_000)),
  /** How long a bake may go on for want of requests; then it holds. @default - as long as the bake */
  extension: v.optional(duration(7)),
  /** Recorded golden questions stand in for requests that are missing; said so in the record. @default false */
  goldenTraffic: v.optional(flag()),
});

/** Recorded live requests, asked of the challenger once it is published and before anybody else reaches it. */
const shadowOptions = fields({
  /** A file of recorded requests (JSONL). @default - what the server of this machine has recorded */
  data: v.optional(named('a file or an s3:// URL')),
  /** Requests a second. @default 10 */
  rate: v.optional(within(0.1, 1000)),
  /** @default 200 */
  requests: v.optional(whole(1, 100_000)),
  /** Share of the answers that may differ from the champion's; over it, for sure, it is rejected. @default 0.05 */
  disagreement: v.optional(within(0, 1)),
});

/** A person has to say yes. */
const approvalOptions = fields({
  /** How long it is waited for. @default '7d' */
  expires: v.optional(duration(365)),
});

/** What the configuration says of a model's releases, and a release of itself. Plain data. */
export const releaseOptions = {
  evaluation: v.optional(evaluationOptions),
  /** Rules that a version has to pass. @default - none, and nothing is released */
  gates: v.optional(listOf(gateOptions, 'a list of one gate or more')),
  /** A person approves what has passed the gates. @default false */
  approval: v.optional(falseOr(approvalOptions, 'an object')),
  /** @default - nothing is replayed */
  shadow: v.optional(falseOr(shadowOptions, 'an object')),
  /** Shares of live traffic, ascending, each for a time. @default - all of it at once */
  canary: v.optional(v.pipe(v.array(canaryStep, STEPS), v.maxLength(MAX_STEPS, STEPS))),
  /** @default - as each field says */
  judge: v.optional(judgeOptions),
  /** A version that is registered begins its release by itself, in AWS. @default false */
  autoRelease: v.optional(flag()),
};

const schema = fields(releaseOptions);
export type ReleaseOptions = v.InferOutput<typeof schema>;
export type EvaluationOptions = v.InferOutput<typeof evaluationOptions>;
export type CanaryStep = v.InferOutput<typeof canaryStep>;
export type JudgeOptions = v.InferOutput<typeof judgeOptions>;
export type ShadowOptions = v.InferOutput<typeof shadowOptions>;

/** Checks what somebody says of a release; `where` begins the message. Throws `release.options` with the path of the first mistake. */
export const parseReleaseOptions = (value: unknown, where: string): ReleaseOptions => parse(schema, value, where);

const together = v.pipe(schema, consistent(conflictsOfRelease));

/** The same of all that holds for a release, put together: its fields fit to each other, too. Throws `release.options`. */
export const expectConsistent = (options: ReleaseOptions, where: string): ReleaseOptions =>
  parse(together, options, where);

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown, where: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw mistake(where, v.getDotPath(issue) ?? 'the top', issue.message);
}

const mistake = (where: string, path: string, problem: string): OnnwardError =>
  invalid('release.options', `${where}: ${path} ${problem}.`.replace(/([.?])\.$/, '$1'), {
    fix: `Correct ${path} and try again.`,
    fields: { path },
  });
