/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { captureOf, type ModelConfig } from '#config/model.ts';
import { configSchema } from '#config/config.ts';
import { METRICS, MONITOR_METRICS } from '#core/monitoring/metrics.ts';
import { thresholdOf } from '#core/monitoring/watch-threshold.ts';
import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { emittedLine, feedbackLine } from './emitted.ts';

type Watch = NonNullable<ModelConfig['watch']>;

/** All that decides which metrics a model makes, each way. */
const FEEDBACK: readonly ModelConfig['feedback'][] = [undefined, true, { tolerance: 0.5 }];
const CAPTURE: readonly ModelConfig['capture'][] = [undefined, true];
const ANSWERS: readonly Pick<Watch, 'accuracy' | 'quality'>[] = [
  {},
  { accuracy: { below: 0.9, window: '1h', minimum: 100, then: 'notify' } },
  { quality: { metric: 'f1_macro', below: 0.9, window: '1h', minimum: 100, then: 'notify' } },
  { quality: { metric: 'mean_absolute_error', above: 2, window: '6h', minimum: 100, then: 'notify' } },
];
const DRIFT: readonly Pick<Watch, 'drift' | 'slices'>[] = [
  {},
  { slices: ['writer'] },
  { drift: { then: 'notify' } },
  { drift: { then: 'notify' }, slices: ['writer'] },
];

const all: ModelConfig[] = FEEDBACK.flatMap((feedback) =>
  CAPTURE.flatMap((capture) =>
    ANSWERS.flatMap((answers) =>
      DRIFT.map((drift) => {
        const watch = { ...answers, ...drift };
        return {
          ...(feedback !== undefined && { feedback }),
          ...(capture !== undefined && { capture }),
          ...(Object.keys(watch).length > 0 && { watch }),
        };
      }),
    ),
  ),
);
/** Those that the configuration takes. */
const configurations = all.filter((model) => v.safeParse(configSchema, { models: { digits: model } }).success);

/** The metrics that CloudWatch makes of a model, by their names: each costs money by the month. */
function metricsOf(model: ModelConfig): Set<string> {
  const { watch } = model;
  const threshold = watch && thresholdOf(watch);
  const environment = { ONNWARD_MODEL: 'digits', ...(threshold && { ONNWARD_WATCH: JSON.stringify(threshold) }) };
  const lines = [emittedLine(environment), ...(enabledFeedback(model.feedback) ? [feedbackLine(environment)] : [])];
  const written = lines.flatMap(({ _aws }) =>
    (_aws?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) => Dimensions.map((names) => `${Name} by ${names.toSorted().join()}`)),
    ),
  );
  const by = (name: string): string => `${name} by model,service`;
  return new Set([
    ...written,
    ...(watch?.quality ? [by(MONITOR_METRICS.quality.name)] : []),
    ...(watch?.drift ? [by(MONITOR_METRICS.drift.name)] : []),
  ]);
}

describe('the metrics of a model', () => {
  test('are five at most, whatever is configured', () => {
    expect(configurations.length).toBeGreaterThan(40);
    const counts = configurations.map((model) => metricsOf(model).size);
    expect(Math.max(...counts)).toBe(5);
    expect(Math.min(...counts)).toBe(Object.keys(METRICS).length);
  });

  test('have no version among their dimensions', () => {
    const names = new Set(configurations.flatMap((model) => [...metricsOf(model)]));
    expect([...names].sort()).toEqual(
      ['Correct', 'Drift', 'Errors', 'Latency', 'Quality', 'Requests'].map((name) => `${name} by model,service`),
    );
  });

  test('are of accuracy or of another metric, and not of both', () => {
    for (const model of configurations) {
      const names = [...metricsOf(model)].map((name) => name.split(' ')[0]);
      expect(names.includes('Correct') && names.includes('Quality'), JSON.stringify(model)).toBe(false);
    }
  });

  test('are the same three where only requests are kept', () => {
    const captured = configurations.filter((model) => captureOf(model) && !model.watch && !model.feedback);
    expect(captured.map((model) => metricsOf(model).size)).toEqual([3]);
  });
});
