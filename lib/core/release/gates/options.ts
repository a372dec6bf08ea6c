import * as v from 'valibot';
import { consistent } from '../../consistent.ts';
import { listOf, named, oneOf, over, strict, text, whole, within } from '../../fields.ts';
import { didYouMean } from '../../nearest.ts';
import { conflictsOfGate } from './conflicts.ts';
import { metricName } from './metric.ts';

/*
 * A gate is plain data: it crosses into functions and lies in the store. The word in `gate` is that of its builder.
 * `alpha` is the chance of a wrong pass, and as much of a wrong fail; 0.05 where nothing is said.
 */

const alpha = v.optional(within(0.0001, 0.2));
const metric = metricName();
const number = v.pipe(v.number('is to be a number'), v.finite('is to be a number'));
const column = named('a column of evaluation.slices');
const share = within(0, 1);
const ratio = within(1, 1000);
const ms = over(0, 900_000);
const kind = <const Name extends string>(name: Name) => v.literal(name);

const atLeast = strict({ gate: kind('atLeast'), metric, value: number, alpha });
const atMost = strict({ gate: kind('atMost'), metric, value: number, alpha });

const nonInferior = strict({
  gate: kind('nonInferior'),
  metric,
  /** What it may be worse than the champion, in the metric's own unit. */
  margin: over(0, 1e12),
  alpha,
  /** Chance that an equal version passes, which the rows have to allow. @default 0.8 */
  power: v.optional(within(0.5, 0.99)),
  /** Share of the rows that one of the two is right about, and the other one wrong; of `accuracy`. @default 0.02 */
  discordance: v.optional(within(0.001, 1)),
});

const better = strict({
  gate: kind('better'),
  metric,
  /** What it has to be better by at least, in the metric's own unit. @default 0 */
  by: v.optional(within(0, 1e12)),
  alpha,
});

const noSliceWorse = strict({
  gate: kind('noSliceWorse'),
  /** @default 'accuracy' */
  metric: v.optional(metric),
  /** @default - all of evaluation.slices */
  slices: v.optional(listOf(column, 'a list of columns of evaluation.slices')),
  /** What a slice may be worse, in the metric's own unit. @default 0.1 */
  margin: v.optional(over(0, 1e12)),
  alpha,
  /** Slices with a smaller share of the rows are named, and cannot stop a release. @default 0.01 */
  minimumShare: v.optional(within(0, 0.5)),
});

const FAIRNESS = ['demographicParity', 'equalOpportunity'] as const;

const fair = strict({
  gate: kind('fair'),
  /** The groups that are compared. */
  slice: column,
  /** Difference between the groups: of the shares that get the positive class, of all or of those who are of it. */
  measure: oneOf(FAIRNESS),
  /** What the difference may be. */
  limit: over(0, 1),
  alpha,
});

/** The expected calibration error: how far the confidence is from the share that is right. */
const calibrated = strict({ gate: kind('calibrated'), ece: over(0, 1), alpha });

const p50Below = strict({ gate: kind('p50Below'), ms, alpha });
const p99Below = strict({ gate: kind('p99Below'), ms, alpha });

const notSlower = strict({
  gate: kind('notSlower'),
  /** Times the champion's latency. */
  ratio,
  /** @default 50 */
  percentile: v.optional(oneOf([50, 90, 99])),
  alpha,
});

/** Of all files of the version. */
const sizeBelow = strict({ gate: kind('sizeBelow'), bytes: whole(1, 1e13) });
/** Times the champion's size. */
const notLarger = strict({ gate: kind('notLarger'), ratio });

const enoughRows = strict({
  gate: kind('enoughRows'),
  /** Good rows. */
  rows: v.optional(whole(1, 1e9)),
  /** Good rows of each class. */
  perClass: v.optional(whole(1, 1e9)),
  /** Good rows of each value of each slice column. */
  perSlice: v.optional(whole(1, 1e9)),
});

/** Of the held-out rows themselves; what is left out is as its default says. */
const dataQuality = strict({
  gate: kind('dataQuality'),
  /** Share of rows that cannot be used. @default 0.01 */
  bad: v.optional(share),
  /** Share of rows that are there before. @default 0.05 */
  duplicates: v.optional(share),
  /** Share of empty cells, of any column. @default 0.05 */
  missing: v.optional(share),
});

const custom = strict({
  gate: kind('custom'),
  /** A module beside the configuration, on this machine; a function, in AWS. */
  run: text(
    /^(\.\.?\/.+\.[cm]?[jt]s|arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?)$/,
    "a module, such as './gates/my-gate.ts', or the ARN of a Lambda function",
  ),
});

const kinds = [
  atLeast,
  atMost,
  nonInferior,
  better,
  noSliceWorse,
  fair,
  calibrated,
  p50Below,
  p99Below,
  notSlower,
  sizeBelow,
  notLarger,
  enoughRows,
  dataQuality,
  custom,
] as const;

const NAMES = kinds.map(({ entries }) => entries.gate.literal);

const anyGate = v.variant('gate', kinds, ({ path, input }) =>
  path === undefined
    ? "is to be a gate, such as atLeast('accuracy', 0.9)"
    : `is to be one of ${NAMES.join(', ')}.${didYouMean(typeof input === 'string' ? input : '', NAMES)}`,
);

/** A rule on evidence, as the configuration has it. */
export type GateOptions = v.InferOutput<typeof anyGate>;
export type GateKind = GateOptions['gate'];

/** One kind of gate. */
export type Gate<Kind extends GateKind> = Extract<GateOptions, { readonly gate: Kind }>;

export const gateOptions = v.pipe(anyGate, consistent(conflictsOfGate));
