import * as v from 'valibot';
import { classMetric, METRICS, type Metric, metricNamed } from '../../evaluation/metrics.ts';
import { didYouMean } from '../../nearest.ts';

const NAMES = METRICS.map(({ name }) => name);

/** The metric of a name, also of one class: `f1:versicolor`. Undefined for what is no metric. */
export const metricOf = (name: string): Metric | undefined =>
  NAMES.includes(name) || classMetric(name) ? metricNamed(name) : undefined;

const message = 'is to be the name of a metric';

export const metricName = () =>
  v.pipe(
    v.string(message),
    v.check(
      (name) => metricOf(name) !== undefined,
      ({ input }) => `${message}: ${NAMES.join(', ')}, or of one class f1:CLASS.${didYouMean(input, NAMES)}`,
    ),
  );
