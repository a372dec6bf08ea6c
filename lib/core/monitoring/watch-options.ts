import * as v from 'valibot';
import type { Conflict } from '../consistent.ts';
import { DURATION, secondsOf } from '../duration.ts';
import { OnnwardError } from '../errors.ts';
import { metricNamed } from '../evaluation/metrics.ts';
import { fields, listOf, named, oneOf, over, whole, within } from '../fields.ts';

/** CloudWatch counts over whole minutes, a day of them at most. Source: the API reference of PutMetricAlarm, "Period". */
const WINDOW = "is to be whole minutes from '1m' to '24h'";
const isPeriod = (seconds: number): boolean => seconds % 60 === 0 && seconds <= 86_400;
const period = () =>
  v.pipe(
    v.string(WINDOW),
    v.check((window) => DURATION.test(window) && isPeriod(secondsOf(window)), WINDOW),
  );

/** What capture is looked at in: it lies by the hour, and windows do not cross midnight (UTC). */
const HOURS = ['1h', '2h', '3h', '4h', '6h', '8h', '12h', '24h'] as const;

/**
 * What is done about an alarm: tell, take back what is live, train anew with the newest data, or ask a person, who
 * approves the training.
 */
const ACTIONS = ['notify', 'rollback', 'retrain', 'approve'] as const;
export type ActionKind = (typeof ACTIONS)[number];

const enough = () => whole(1, 10_000_000);

const accuracy = fields({
  /** The share of answers that have to be right, of those whose truth came back. */
  below: within(0.001, 1),
  /** The time over which it is counted: `1h`. */
  window: period(),
  /** Answers with their truth in a window; fewer say nothing. */
  minimum: enough(),
  // oxlint-disable-next-line unicorn/no-thenable
  then: oneOf(ACTIONS),
});

const quality = fields({
  /** As in the gates: `f1_macro`, `recall:CLASS`, `mean_absolute_error`. */
  metric: named('a metric'),
  /** It goes off where the metric is less. @default - `above` says */
  below: v.optional(v.pipe(v.number('is to be a number'), v.finite('is to be a number'))),
  /** It goes off where the metric is more. @default - `below` says */
  above: v.optional(v.pipe(v.number('is to be a number'), v.finite('is to be a number'))),
  /** The time over which it is counted: whole hours, `24h` at most. */
  window: oneOf(HOURS),
  minimum: enough(),
  // oxlint-disable-next-line unicorn/no-thenable
  then: oneOf(ACTIONS),
});

const drift = fields({
  /** @default '1h' */
  window: v.optional(oneOf(HOURS)),
  /** Rows in a window; one with fewer is put together with those behind it. @default 200 */
  minimum: v.optional(whole(20, 10_000_000)),
  /** Windows in a row in which a feature has to drift. @default 2 */
  persistence: v.optional(whole(1, 24)),
  /** Share of false ones among the features that are said to drift in a window (Benjamini and Hochberg). @default 0.1 */
  falseDiscovery: v.optional(over(0, 0.5)),
  /** Differences that are no more than this are none, however sure: of shares, 0 to 1. @default 0.05 of categories, 0.1 of numbers */
  effect: v.optional(over(0, 1)),
  /** Features that are not looked at. @default - none */
  ignore: v.optional(listOf(named('a feature'), 'a list of features')),
  /** A tensor within the graph that is looked at besides, such as an embedding; captured rows are asked again for it. @default - none */
  hidden: v.optional(named('a tensor of the graph')),
  // oxlint-disable-next-line unicorn/no-thenable
  then: oneOf(ACTIONS),
});

/** What of a live version is looked at. */
export const watchOptions = fields({
  /** By feedback, as it comes. @default - it is not looked at */
  accuracy: v.optional(accuracy),
  /** By feedback, another metric, each hour. @default - none */
  quality: v.optional(quality),
  /** By capture: inputs, predictions and, with labels, what they have to do with each other. @default - it is not looked at */
  drift: v.optional(drift),
  /** Features whose values are looked at apart: for bias. @default - none */
  slices: v.optional(listOf(named('a feature'), 'a list of features')),
  /** Between two actions of a model. @default '1d' */
  cooldown: v.optional(period()),
});

export type WatchOptions = v.InferOutput<typeof watchOptions>;
export type DriftOptions = NonNullable<WatchOptions['drift']>;

/** What else a model's configuration says, as far as it matters here. */
export interface Around {
  readonly feedback: boolean;
  readonly gates: boolean;
  readonly training: boolean;
}

/** The paths begin below `watch`. */
export function conflictsOfWatch(watch: WatchOptions, { feedback, gates, training }: Around): Conflict[] {
  const conflicts: Conflict[] = [];
  const { accuracy: byFeedback, quality: byHour } = watch;
  for (const name of ['accuracy', 'quality'] as const) {
    if (watch[name] && !feedback) {
      conflicts.push({ path: [name], message: 'needs feedback: true, by which the truth comes back' });
    }
  }
  if (byFeedback && byHour)
    conflicts.push({ path: ['quality'], message: 'cannot go with accuracy: leave one of them out' });
  if (byHour?.metric === 'accuracy') {
    conflicts.push({ path: ['quality', 'metric'], message: 'is what watch.accuracy looks at, as feedback comes' });
  }
  const unfit = byHour && unfitMetric(byHour.metric);
  if (unfit) conflicts.push({ path: ['quality', 'metric'], message: unfit });
  if (byHour && (byHour.below === undefined) === (byHour.above === undefined)) {
    conflicts.push({ path: ['quality'], message: 'needs one of below and above' });
  }
  for (const name of ['accuracy', 'quality', 'drift'] as const) {
    const action = watch[name]?.then;
    if (action === 'rollback' && !gates) {
      conflicts.push({
        path: [name, 'then'],
        message: "is 'rollback', which needs gates: releases are what is rolled back",
      });
    }
    if ((action === 'retrain' || action === 'approve') && !training) {
      conflicts.push({ path: [name, 'then'], message: `is '${action}', which needs training` });
    }
  }
  return conflicts;
}

/** What is wrong with a metric of live answers; undefined where nothing is. */
function unfitMetric(name: string): string | undefined {
  try {
    if (!metricNamed(name).probabilities) return undefined;
    return `is '${name}', which needs probabilities: what comes back knows the class alone`;
  } catch (error) {
    if (error instanceof OnnwardError) return `is no metric. ${error.message} ${error.fix}`;
    throw error;
  }
}
