import { describe, expect, test } from 'vitest';
import { classMetric, METRICS, metricNamed, metricsFor } from '#core/evaluation/metrics.ts';

describe('the list of metrics', () => {
  test('names each once, as scikit-learn does', () => {
    const names = METRICS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['accuracy', 'f1_macro', 'matthews_corrcoef', 'roc_auc', 'root_mean_squared_error', 'r2']),
    );
  });

  test.each(METRICS)('$name has a range, a direction and a sentence', ({ range, direction, sentence, name }) => {
    expect(range[0]).toBeLessThan(range[1]);
    expect(direction).toBe(/loss|score|ece|error/.test(name) ? 'lower' : 'higher');
    expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
  });
});

describe('a name', () => {
  test('is found', () => expect(metricNamed('log_loss')).toMatchObject({ direction: 'lower', probabilities: true }));

  test.each(['recall:spam', 'f1:class with: colon', 'precision:a_micro'])('may be of one class: %s', (name) => {
    expect(metricNamed(name)).toMatchObject({ name, task: 'classification', direction: 'higher' });
    expect(name).toBe(`${classMetric(name)?.rate}:${classMetric(name)?.of}`);
  });

  test.each(['acuracy', 'recall:', 'accuracy:spam', '', 'constructor', '__proto__'])('is refused: %o', (name) => {
    expect(() => metricNamed(name)).toThrow(
      expect.objectContaining({ code: 'evaluation.metric', message: expect.stringContaining(`"${name}"`) }),
    );
  });

  test('that is a slip is put right, and all are named', () => {
    try {
      metricNamed('acuracy');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        message: 'There is no metric "acuracy". Did you mean accuracy?',
        fix: expect.stringContaining('balanced_accuracy, precision') as string,
      });
    }
  });
});

describe('what rows can have', () => {
  const names = (...given: Parameters<typeof metricsFor>) => metricsFor(...given).map(({ name }) => name);

  test('without probabilities is no loss and no curve', () => {
    const found = names({ task: 'classification', positive: 1 }, false);
    expect(found).toContain('recall');
    expect(found).not.toContain('log_loss');
    expect(found).not.toContain('roc_auc');
  });

  test('without a positive class is no recall of it', () => {
    expect(names({ task: 'classification' }, true)).not.toContain('recall');
    expect(names({ task: 'classification' }, true)).toContain('recall_macro');
  });

  test('of a regression is errors alone', () => {
    expect(names({ task: 'regression' }, false)).toHaveLength(4);
  });
});
