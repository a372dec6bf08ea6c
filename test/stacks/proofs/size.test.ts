/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { OnnwardError } from '#core/errors.ts';
import { describe, expect, test } from 'vitest';
import { root } from '../../repository/sources.ts';
import { synthesise } from './synthesise.ts';
import { type Resources, resourcesOf } from './template.ts';

/** Source: the CloudFormation user guide, "Understand CloudFormation quotas". */
const MOST_RESOURCES = 500;
/** Source: the API Gateway developer guide, "Quotas for configuring and running an HTTP API"; not to be raised. */
const MOST_INTEGRATIONS = 300;
const MOST_BYTES = 1_000_000;
/** The bar, with validation off as in these tests. */
const MOST_SECONDS = 15;

type Model = NonNullable<Config['models']>[string];

const stageOf = (models: number, model: Model = {}, api: 'http' | 'rest' = 'http'): Config => ({
  models: Object.fromEntries(Array.from({ length: models }, (_, index) => [`model-${index}`, model])),
  stages: { dev: { dashboard: true, api: { type: api }, training: {} } },
});

const measured = (config: Config): { seconds: number; inference: Resources; bytes: number } => {
  const started = performance.now();
  const { inference, templates } = synthesise(config);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, inference, bytes: JSON.stringify(templates.inference).length };
};

const refusal = (config: Config): OnnwardError | undefined => {
  try {
    synthesise(config);
    return undefined;
  } catch (error) {
    if (error instanceof OnnwardError) return error;
    throw error;
  }
};

describe.each([
  ['images behind an HTTP API', stageOf(20)],
  ['zips behind a REST API', stageOf(20, { packaging: 'zip' }, 'rest')],
  [
    'every option that makes resources',
    stageOf(20, { reservedConcurrency: 10, alarms: { p50: 1, p90: 1, coldStarts: 1 } }),
  ],
  [
    'gates for each, of the full kind',
    stageOf(20, {
      packaging: 'zip',
      evaluation: { data: 's3://our-lake/heldout.csv', label: 'digit', slices: ['writer', 'pen'] },
      gates: [
        { gate: 'atLeast', metric: 'accuracy', value: 0.9 },
        { gate: 'nonInferior', metric: 'accuracy', margin: 0.03 },
        { gate: 'noSliceWorse', metric: 'accuracy', margin: 0.1 },
        { gate: 'p99Below', ms: 50 },
      ],
      canary: [
        { weight: 5, bake: '10m' },
        { weight: 50, bake: '1h' },
      ],
      feedback: true,
    }),
  ],
  [
    'files scored with each, by schedules too',
    stageOf(20, { packaging: 'zip', batch: { schedule: { rate: 'rate(1 day)', input: 'batch/daily/' } } }),
  ],
  [
    'all that can be watched of each',
    stageOf(20, {
      packaging: 'zip',
      feedback: true,
      watch: { accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'notify' }, drift: { then: 'notify' } },
    }),
  ],
  [
    'trainings of each, by schedules too',
    stageOf(20, {
      packaging: 'zip',
      training: { image: 'our/trainer:3', resources: { gpus: 1 }, starts: { schedule: 'rate(7 days)' } },
    }),
  ],
])('twenty models: %s', (name, config) => {
  const { seconds, inference, bytes } = measured(config);

  test('are synthesised in time', () => {
    console.log(
      `20 models, ${name}: ${seconds.toFixed(1)} s, ${Object.keys(inference).length} resources, ${bytes} bytes`,
    );
    expect(seconds).toBeLessThan(MOST_SECONDS);
  });

  test('fit into a stack', () => {
    expect(Object.keys(inference).length).toBeLessThanOrEqual(MOST_RESOURCES);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  test('have one integration each', () => {
    const integrations = resourcesOf(inference, 'AWS::ApiGatewayV2::Integration');
    expect(integrations.length).toBeLessThanOrEqual(21);
    expect(integrations.length).toBeLessThan(MOST_INTEGRATIONS);
  });
});

test('the app of a configuration with twenty models is done in time, from its start on', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'onnward-twenty-'));
  try {
    writeFileSync(
      join(cwd, 'onnward.config.ts'),
      `export default ${JSON.stringify(stageOf(20, { packaging: 'zip' }))};`,
    );
    const started = performance.now();
    execFileSync(process.execPath, [join(root, 'bin', 'app.ts')], { cwd, env: { ...process.env, CDK_OUTDIR: 'out' } });
    const seconds = (performance.now() - started) / 1000;
    console.log(`the app with 20 models, as a process: ${seconds.toFixed(1)} s`);
    expect(existsSync(join(cwd, 'out', 'onnward-dev.template.json'))).toBe(true);
    expect(seconds).toBeLessThan(MOST_SECONDS);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

describe('more models than a stack holds', () => {
  /** The least number of models that is refused. */
  function limit(config: (models: number) => Config): number {
    let [fits, refused] = [1, 200];
    while (refused - fits > 1) {
      const middle = Math.floor((fits + refused) / 2);
      if (refusal(config(middle))) refused = middle;
      else fits = middle;
    }
    return refused;
  }

  const first = limit((models) => stageOf(models, { packaging: 'zip' }));
  const error = refusal(stageOf(first, { packaging: 'zip' }));

  test('are refused by us, in words, before CloudFormation does', () => {
    console.log(`the first number of models that is refused: ${first}: ${error?.message} ${error?.fix}`);
    expect(error?.code).toBe('stack.too_many_resources');
    expect(error?.message).toContain(String(MOST_RESOURCES));
    expect(error?.message).toContain(`${first} models`);
  });

  test('are refused neither too early nor too late', () => {
    const { inference } = measured(stageOf(first - 1, { packaging: 'zip' }));
    const each = Object.keys(inference).length / (first - 1);
    expect(Object.keys(inference).length).toBeLessThanOrEqual(MOST_RESOURCES);
    expect(Object.keys(inference).length + Math.ceil(each)).toBeGreaterThan(MOST_RESOURCES);
  });

  test('are more than the twenty of a usual configuration', () => {
    expect(first).toBeGreaterThan(20);
  });

  test('fit in as many as the refusal says', () => {
    const advised = Number(/about (\d+)/.exec(error?.fix ?? '')?.[1]);
    expect(advised).toBeGreaterThan(first / 2);
    expect(refusal(stageOf(advised, { packaging: 'zip' }))).toBeUndefined();
  });
});
