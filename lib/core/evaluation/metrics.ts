import { invalid } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { EvaluatedRows } from './rows.ts';

/** A number that says how good a model is on rows. */
export interface Metric {
  /** As scikit-learn's scorer or function is called, without `neg_`; of one class: `recall:CLASS`. */
  readonly name: string;
  readonly task: EvaluatedRows['task'];
  /** Which way is better. */
  readonly direction: 'higher' | 'lower';
  /** The least and the most that it can be. */
  readonly range: readonly [number, number];
  /** Needs probabilities of the classes. */
  readonly probabilities: boolean;
  /** Needs to know which of two classes is the positive one. */
  readonly positive: boolean;
  /** What it is, for a person. */
  readonly sentence: string;
}

const SHARE = [0, 1] as const;
const LOSS = [0, Infinity] as const;

type Rest = Partial<Metric> & Pick<Metric, 'sentence'>;
const classification = (name: string, rest: Rest): Metric => ({
  name,
  task: 'classification',
  direction: 'higher',
  range: SHARE,
  probabilities: false,
  positive: false,
  ...rest,
});
const regression = (name: string, rest: Rest): Metric => ({
  ...classification(name, rest),
  task: 'regression',
  direction: 'lower',
  range: LOSS,
  ...rest,
});

const RATES = {
  precision: 'of the rows that it gives to a class, the share that belongs there',
  recall: 'of the rows of a class, the share that it finds',
  f1: 'harmonic mean of precision and recall',
} as const;
const AVERAGES = {
  macro: 'mean over the classes that occur',
  micro: 'over all classes together, which is the accuracy',
  weighted: 'mean over the classes, weighted by their rows',
} as const;

const rateMetrics = Object.entries(RATES).flatMap(([rate, sentence]) => [
  classification(rate, { positive: true, sentence: `Of the positive class: ${sentence}.` }),
  ...Object.entries(AVERAGES).map(([average, over]) =>
    classification(`${rate}_${average}`, { sentence: `${capital(sentence)}; ${over}.` }),
  ),
]);

/** All metrics, named and reckoned as scikit-learn does. Those of one class are not listed; `metricNamed` knows them. */
export const METRICS: readonly Metric[] = [
  classification('accuracy', { sentence: 'Share of the rows that it gets right.' }),
  classification('balanced_accuracy', {
    sentence: 'Mean, over the classes, of the share of their rows that it finds.',
  }),
  ...rateMetrics,
  classification('matthews_corrcoef', {
    range: [-1, 1],
    sentence: 'Correlation of truth and prediction; 0 is chance.',
  }),
  classification('log_loss', {
    direction: 'lower',
    range: LOSS,
    probabilities: true,
    sentence: 'Mean of minus the natural logarithm of the probability that it gave to the truth.',
  }),
  classification('brier_score', {
    direction: 'lower',
    range: [0, 2],
    probabilities: true,
    sentence:
      'Mean squared distance of its probabilities from the truth, over all classes; half of it where there are but two.',
  }),
  classification('ece', {
    direction: 'lower',
    probabilities: true,
    sentence: 'How far its confidence is from the share that is right, on average over 15 bins of confidence.',
  }),
  classification('roc_auc', {
    probabilities: true,
    sentence:
      'How often a row of a class scores above one of another; over two classes, mean of each against the rest.',
  }),
  classification('average_precision', {
    probabilities: true,
    sentence: 'Area below precision by recall; over two classes, mean of each against the rest.',
  }),
  regression('mean_absolute_error', { sentence: 'Mean distance from the target.' }),
  regression('root_mean_squared_error', { sentence: 'Root of the mean squared distance from the target.' }),
  regression('r2', {
    direction: 'higher',
    range: [-Infinity, 1],
    sentence: 'Share of the variance of the target that it explains.',
  }),
  regression('mean_absolute_percentage_error', {
    sentence: 'Mean distance from the target, as a share of the target.',
  }),
];

const byName = new Map(METRICS.map((metric) => [metric.name, metric]));

/** A rate of one class, apart: `recall:CLASS`. */
export interface ClassMetric {
  readonly rate: keyof typeof RATES;
  readonly of: string;
}

/** What `recall:CLASS` names; undefined for a name that is not of one class. */
export function classMetric(name: string): ClassMetric | undefined {
  const [, rate, of] = /^(precision|recall|f1):(.+)$/s.exec(name) ?? [];
  return rate === undefined || of === undefined ? undefined : { rate: rate as keyof typeof RATES, of };
}

/** The metric of that name, also of one class (`recall:CLASS`; whether there is such a class is not looked at). Throws `evaluation.metric`. */
export function metricNamed(name: string): Metric {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const { rate, of } = classMetric(name) ?? {};
  if (rate !== undefined) return classification(name, { sentence: `Of the class ${of}: ${RATES[rate]}.` });
  const names = [...byName.keys()];
  throw invalid('evaluation.metric', `There is no metric "${name}".${didYouMean(name, names)}`, {
    fix: `Take one of: ${names.join(', ')}; or of one class: precision:CLASS, recall:CLASS, f1:CLASS.`,
    fields: { metric: name },
  });
}

/** Those of `METRICS` that rows of this kind can have. */
export const metricsFor = (
  { task, positive }: Pick<EvaluatedRows, 'task' | 'positive'>,
  probabilities: boolean,
): Metric[] =>
  METRICS.filter(
    (metric) =>
      metric.task === task && (probabilities || !metric.probabilities) && (positive !== undefined || !metric.positive),
  );

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
