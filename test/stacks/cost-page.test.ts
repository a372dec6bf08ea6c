import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BatchJobs } from '#adapters/aws/batch/batch-jobs.ts';
import { costOf } from '#core/batch/cost.ts';
import { billOf, costPage, STAGES, watchingItems } from './cost-page.ts';
import { emittedLine } from './proofs/emitted.ts';
import { total } from './proofs/bill.ts';
import { LINE_BYTES, perMillion } from './proofs/request-cost.ts';
import { ASSUMED } from './proofs/watching-bill.ts';
import { synthesise } from './proofs/synthesise.ts';
import { property, type Resource, resourcesOf } from './proofs/template.ts';
import { VARIANTS } from './proofs/variants.ts';
import { METRICS } from '#core/monitoring/metrics.ts';
import { PRICES } from './prices.ts';

const idle = (name: string): number => total(billOf(STAGES[name] ?? {}));

describe('a stage with one model that nobody calls', () => {
  test.each(['one model', 'one model, `zip`', "with `api.type: 'rest'`", 'with every alarm'])(
    'costs at most a dollar a month: %s',
    (name) => {
      const usd = idle(name);
      expect(usd).toBeLessThanOrEqual(name === 'with every alarm' ? 1.1 : 1);
      expect(usd).toBeGreaterThan(0.1);
    },
  );

  test('costs at most two with a key of the user’s', () => {
    const usd = idle('with `encryptionKey`');
    expect(usd).toBeLessThanOrEqual(2);
    expect(usd).toBeGreaterThan(1);
  });

  test('has no dashboard unless it asks for one', () => {
    expect(idle('with `dashboard`') - idle('one model, `zip`')).toBeCloseTo(PRICES.dashboard.usd);
  });

  test('pays for batch inference by its three alarms alone', () => {
    expect(idle('with `batch`') - idle('one model, `zip`')).toBeCloseTo(3 * PRICES.alarm.usd);
  });

  test('pays for releases by their three alarms alone, and for the alarm on accuracy by its two statistics and those of monitoring', () => {
    const gated = idle('with `gates`');
    expect(gated - idle('one model, `zip`')).toBeCloseTo(3 * PRICES.alarm.usd);
    expect(idle('with `gates` and `watch.accuracy`') - gated).toBeCloseTo((2 + 3) * PRICES.alarm.usd);
  });

  test('pays for what is watched by its alarms alone: drift, accuracy by two statistics, and three of monitoring', () => {
    expect(idle('with `watch`') - idle('one model, `zip`')).toBeCloseTo(6 * PRICES.alarm.usd);
  });

  test('pays for trainings by their three alarms, and for images of trainers that are its own', () => {
    const [plain, given] = [idle('one model, `zip`'), idle('with `training` of an image elsewhere')];
    expect(given - plain).toBeCloseTo(3 * PRICES.alarm.usd);
    expect(idle('with `training`') - given).toBeCloseTo(PRICES.ecrStorage.usd);
  });

  test('pays for a private network by the hour, and for trainings on several machines', () => {
    const month = PRICES.endpoint.usd * 730;
    const plain = idle('with `training`');
    expect(idle("with `training` and `network: 'private'`") - plain).toBeCloseTo(6 * month);
    expect(idle('with `training` on several machines') - plain).toBeCloseTo(month);
  });

  test('says so where the network is configured', () => {
    const documented = readFileSync(new URL('../../lib/config/stage.ts', import.meta.url), 'utf8');
    expect(documented).toContain(`six endpoints, ${Math.round(6 * PRICES.endpoint.usd * 730)} USD a month`);
  });

  test('pays for more models by their alarms alone', () => {
    const [one, ten] = [idle('one model, `zip`'), idle('ten models')];
    expect(ten - one).toBeCloseTo(9 * 5 * PRICES.alarm.usd);
  });
});

describe('a month in which a model is watched', () => {
  const items = watchingItems();
  const usd = (what: string): number => items.find((item) => item.what === what)?.usd ?? Number.NaN;

  test('costs at most three dollars, the dashboard apart', () => {
    console.log(`a month of watching: ${total(items).toFixed(2)} USD`);
    expect(total(items)).toBeLessThanOrEqual(3);
    expect(total(items)).toBeGreaterThan(1);
  });

  test('has two custom metrics, six alarms and 730 looks', () => {
    expect(usd('custom metric')).toBeCloseTo(2 * PRICES.customMetric.usd);
    expect(usd('alarm')).toBeCloseTo(6 * PRICES.alarm.usd);
    expect(usd('GB-second of monitoring')).toBeCloseTo(730 * ASSUMED.seconds * (1769 / 1024) * PRICES.lambdaArm.usd);
  });

  test('would tell if something of it were missing', () => {
    for (const { usd: each, what } of items) expect(each, what).toBeGreaterThan(0);
  });
});

describe('a request', () => {
  test('writes no longer line of metrics than the page says', () => {
    const line = JSON.stringify(emittedLine({ ONNWARD_MODEL: 'a-model-with-a-long-name', ONNWARD_VERSION: '1234' }));
    expect(line.length).toBeLessThanOrEqual(LINE_BYTES.metrics);
    expect(line.length).toBeGreaterThan(LINE_BYTES.metrics / 2);
  });

  test('makes as many metrics as the page says', () => {
    expect(Object.keys(METRICS)).toEqual(['requests', 'errors', 'latency']);
  });

  test('makes no longer line of the access log than the page says', () => {
    const [stage] = resourcesOf(synthesise(VARIANTS.zip).inference, 'AWS::ApiGatewayV2::Stage') as [[string, Resource]];
    const settings = property<{ Format: string }>(stage[1], 'AccessLogSettings');
    // A caller that took a role on is by far the longest of these.
    const arn = 'arn:aws:sts::111122223333:assumed-role/the-role-of-an-application/0123456789abcdef0';
    const line = settings?.Format.replaceAll(/\$context[\w.]+/g, (name) =>
      name.endsWith('userArn') ? arn : 'a value of usual length',
    );
    expect(line?.length).toBeLessThanOrEqual(LINE_BYTES.access);
  });

  test('costs by its time, and more on a REST API', () => {
    expect(perMillion(100, 'http') - perMillion(0, 'http')).toBeCloseTo(2.3, 1);
    expect(perMillion(10, 'rest') - perMillion(10, 'http')).toBeCloseTo(2.5);
  });
});

test('a training is looked at no more often than the page says', () => {
  const { polling } = new BatchJobs({ stage: 'dev', region: 'eu-west-1' });
  let [age, looks] = [0, 0];
  for (; age < 86_400; looks++) age += Math.min(polling.most, Math.max(polling.least, age / 20));
  expect(looks).toBeLessThanOrEqual(300);
  expect(looks).toBeGreaterThan(100);
});

describe('a batch job is estimated by the prices of this page', () => {
  const worker = { memory: 1024, architecture: 'arm64' } as const;

  test('by the time of its workers', () => {
    expect(costOf({ seconds: 1, shards: 0 }, worker)).toBeCloseTo(PRICES.lambdaArm.usd, 12);
    expect(costOf({ seconds: 1, shards: 0 }, { ...worker, architecture: 'x86_64' })).toBeCloseTo(
      PRICES.lambdaX86.usd,
      12,
    );
  });

  test('and by its shards: three transitions, a call, and a few requests of S3', () => {
    const { transition, lambdaRequest, s3Put, s3Get } = PRICES;
    const shard = 3 * transition.usd + lambdaRequest.usd + 5 * s3Put.usd + 6 * s3Get.usd;
    expect(costOf({ seconds: 0, shards: 1000 }, worker)).toBeCloseTo(1000 * shard, 9);
  });
});

test('the page is as the templates are: `npm run cost-page` writes it', () => {
  const written = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(squeezed(written)).toBe(squeezed(costPage()));
});

/** Without what the formatter does to tables. */
const squeezed = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
