import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { atLeast, configSchema, defineConfig, nonInferior } from '#config/config.ts';
import { deploymentOf, releaseModels, releaseOptionsOf } from '#config/deployment.ts';

const evaluation = { data: 'heldout.csv', label: 'class' };
// oxlint-disable-next-line unicorn/no-thenable -- the word of the configuration
const accuracy = { below: 0.9, window: '1h', minimum: 100, then: 'notify' } as const;
const read = (config: unknown) => {
  const { success, issues, output } = v.safeParse(configSchema, config);
  return success ? output : (issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
};
const withModel = (model: object) => ({ models: { iris: model } });

describe('a model’s releases', () => {
  test('may be said beside its serving', () => {
    const config = defineConfig({
      models: {
        iris: {
          memory: 1769,
          evaluation,
          gates: [atLeast('accuracy', 0.93), nonInferior('accuracy', { margin: 0.03 })],
          approval: false,
          shadow: { rate: 5 },
          canary: [{ weight: 5, bake: '10m' }],
          judge: { errorMargin: 0.02 },
          autoRelease: true,
          feedback: { expires: '30d' },
          watch: { accuracy },
        },
        digits: {},
      },
      stages: {
        dev: { releases: { concurrency: 5, memory: 3538, architecture: 'x86_64', storage: 1024, timeout: 600 } },
      },
    });
    expect(read(config)).toEqual(config);
  });

  test.each([
    [{ feedback: 1 }, 'models.iris.feedback is to be true or false, or an object'],
    [{ feedback: { expires: '1y' } }, "models.iris.feedback.expires is to be a time, '90d' at most"],
    [
      { watch: { accuracy: { ...accuracy, window: '90s' } } },
      "watch.accuracy.window is to be whole minutes from '1m' to '24h'",
    ],
    [
      { watch: { accuracy: { ...accuracy, window: '2d' } } },
      "watch.accuracy.window is to be whole minutes from '1m' to '24h'",
    ],
    [
      { watch: { accuracy: { ...accuracy, window: '1 h' } } },
      "watch.accuracy.window is to be whole minutes from '1m' to '24h'",
    ],
    [{ watch: { accuracy: { ...accuracy, below: 95 } } }, 'watch.accuracy.below is to be a number from 0.001 to 1'],
    [{ watch: { accuracy: { ...accuracy, minimum: 0 } } }, 'watch.accuracy.minimum is to be a whole number from 1'],
    // oxlint-disable-next-line unicorn/no-thenable
    [
      // oxlint-disable-next-line unicorn/no-thenable
      { watch: { accuracy: { ...accuracy, then: 'panic' } } },
      'watch.accuracy.then is to be one of notify, rollback, retrain, approve',
    ],
    [
      { watch: { acuracy: accuracy } },
      'watch.acuracy is no field; these are: accuracy, quality, drift, slices, cooldown. Did you mean accuracy?',
    ],
    [{ watch: { accuracy } }, 'watch.accuracy needs feedback: true, by which the truth comes back'],
    [{ watch: { accuracy }, feedback: false }, 'watch.accuracy needs feedback: true, by which the truth comes back'],
    [{ gates: [atLeast('accuracy', 0.9)] }, 'models.iris.gates.0 needs evaluation: { data, label }'],
    [{ gates: [{ gate: 'atLeats' }], evaluation }, 'models.iris.gates.0.gate is to be one of atLeast, atMost'],
    [
      {
        canary: [
          { weight: 5, bake: '1m' },
          { weight: 4, bake: '1m' },
        ],
      },
      'models.iris.canary.1.weight is 4',
    ],
    [
      { evaluation: { ...evaluation, data: 's3://lake/iris.csv' } },
      'models.iris.evaluation.data lies in the bucket lake, which stages.dev.releases.buckets does not name',
    ],
  ])('%j: %s', (model, message) => {
    expect(read(withModel(model))).toContainEqual(expect.stringContaining(message));
  });

  test.each(['1m', '5m', '90m', '3600s', '24h', '1d'])('are watched over %s', (window) => {
    const model = { watch: { accuracy: { ...accuracy, window } }, feedback: true };
    expect(read(withModel(model))).toEqual(withModel(model));
  });

  test('read rows from a bucket that every stage may read', () => {
    const model = { evaluation: { ...evaluation, data: 's3://lake/iris.csv' } };
    const stages = { dev: { releases: { buckets: ['lake'] } }, prod: { releases: { buckets: ['other', 'lake'] } } };
    expect(read({ ...withModel(model), stages })).toEqual({ ...withModel(model), stages });
  });
});

describe('what is sent to whoever releases', () => {
  const gates = [atLeast('accuracy', 0.9)];

  test('is what the model’s entry says of releases, as plain data', () => {
    const options = { evaluation, gates, approval: false as const };
    expect(releaseOptionsOf({ memory: 512, feedback: true, ...options })).toEqual(options);
    expect(releaseOptionsOf({ memory: 512 })).toEqual({});
  });

  test('of models that have gates', () => {
    const models = { iris: { memory: 512, evaluation, gates }, digits: { evaluation } };
    expect(releaseModels(deploymentOf({ models }))).toEqual({ iris: { evaluation, gates } });
  });
});
