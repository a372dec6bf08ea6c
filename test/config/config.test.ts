import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { configSchema, defineConfig } from '#config/config.ts';

const read = (config: unknown) => {
  const { success, issues, output } = v.safeParse(configSchema, config);
  return success ? output : (issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
};
const withModel = (model: object) => ({ models: { iris: model } });
const withStage = (stage: object) => ({ stages: { prod: stage } });
const withApi = (api: object) => withStage({ api });

describe('a configuration', () => {
  test('may say everything', () => {
    const config = defineConfig({
      store: 'file:.onnward',
      models: {
        iris: {
          serving: { threads: 2 },
          memory: 3008,
          storage: 2048,
          architecture: 'x86_64',
          packaging: 'zip',
          auth: 'jwt',
          timeout: 29,
          reservedConcurrency: 10,
          provisionedConcurrency: 10,
          tracing: true,
          logRetention: 90,
          bake: false,
          alarms: { p50: 20, p90: 50, p99: 100.5, errorRate: 0.5, coldStarts: 100, concurrency: 90 },
          batch: {
            columns: ['a', 'b'],
            id: 'row',
            format: 'parquet',
            errorBudget: 0.001,
            costCap: 5,
            concurrency: 50,
            schedule: { rate: 'cron(0 6 * * ? *)', input: 's3://our-lake/iris/' },
          },
        },
        digits: { snapStart: true, alarms: false, batch: {} },
      },
      stages: {
        dev: { batch: { concurrency: 50, buckets: ['our-lake'] } },
        prod: {
          account: '111122223333',
          region: 'eu-west-1',
          tags: { team: 'risk' },
          api: {
            type: 'http',
            auth: 'iam',
            jwt: { issuer: 'https://id.example.com/', audience: ['models'] },
            domain: {
              name: 'models.example.com',
              certificate: 'arn:aws:acm:eu-west-1:111122223333:certificate/1',
            },
            throttle: { rate: 50, burst: 100 },
            cors: { origins: ['https://app.example.com'] },
            accessLogs: false,
          },
          encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/1',
          captureRetention: 7,
          notify: ['ops@example.com'],
          dashboard: true,
          batch: {
            concurrency: 100,
            memory: 3538,
            architecture: 'x86_64',
            storage: 2048,
            timeout: 600,
            buckets: ['our-lake', 'partner.files'],
          },
        },
        legacy: {
          batch: { concurrency: 60, buckets: ['our-lake'] },
          api: {
            type: 'rest',
            jwt: undefined,
            apiKeys: { monthlyQuota: 1000 },
            webAcl: 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b',
          },
        },
      },
    });
    delete config.models!['iris']!.auth; // 'legacy' has no tokens.
    expect(read(config)).toEqual(config);
  });

  test.each([
    [withModel({ memory: 127 }), 'models.iris.memory is to be a whole number from 128 to 10240'],
    [withModel({ memory: 1769.5 }), 'models.iris.memory is to be a whole number from 128 to 10240'],
    [withModel({ architecture: 'arm' }), 'models.iris.architecture is to be one of arm64, x86_64'],
    [withModel({ packaging: 'docker' }), 'models.iris.packaging is to be one of image, zip'],
    [withModel({ auth: 'open' }), 'models.iris.auth is to be one of iam, jwt, none'],
    [withModel({ storage: 511 }), 'models.iris.storage is to be a whole number from 512 to 10240'],
    [withModel({ timeout: 901 }), 'models.iris.timeout is to be a whole number from 1 to 900'],
    [withModel({ reservedConcurrency: 0 }), 'models.iris.reservedConcurrency is to be a whole number from 1'],
    [withModel({ snapStart: 'yes' }), 'models.iris.snapStart is to be true or false'],
    [withModel({ logRetention: 31 }), 'models.iris.logRetention is to be one of 1, 3, 5, 7, 14, 30, 60'],
    [withModel({ alarms: true }), 'models.iris.alarms is to be false, or an object of thresholds'],
    [withModel({ batch: true }), 'models.iris.batch is to be an object'],
    [withModel({ batch: { colums: ['a'] } }), 'models.iris.batch.colums is no field; these are: columns,'],
    [withModel({ batch: { errorBudget: 2 } }), 'models.iris.batch.errorBudget is to be a number from 0 to 1'],
    [withModel({ batch: { schedule: { rate: 'daily', input: 'batch/a/' } } }), "schedule.rate is to be 'rate(1 day)'"],
    [withModel({ batch: { schedule: { rate: 'rate(1 days)', input: 'batch/a/' } } }), 'schedule.rate is to be'],
    [withModel({ batch: { schedule: { rate: 'rate(2 day)', input: 'batch/a/' } } }), 'schedule.rate is to be'],
    [withModel({ batch: { schedule: { rate: 'cron(0 6 * * *)', input: 'batch/a/' } } }), 'with six fields'],
    [withModel({ batch: { schedule: { rate: 'rate(1 day)' } } }), 'models.iris.batch.schedule.input'],
    [
      withModel({ batch: { schedule: { rate: 'rate(1 day)', input: '/data' } } }),
      "schedule.input is to be 's3://BUCKET/…', or a key of the stage's own bucket, 'batch/…'",
    ],
    [withStage({ batch: { concurrency: 0 } }), 'stages.prod.batch.concurrency is to be a whole number from 1 to 10000'],
    [withStage({ batch: { memory: 256 } }), 'stages.prod.batch.memory is to be a whole number from 512 to 10240'],
    [withStage({ batch: { timeout: 901 } }), 'stages.prod.batch.timeout is to be a whole number from 60 to 900'],
    [withStage({ batch: { buckets: ['s3://lake'] } }), 'stages.prod.batch.buckets.0 is to be the name of a bucket'],
    [withStage({ batch: { gpu: 1 } }), 'stages.prod.batch.gpu is no field; these are: concurrency, memory,'],
    [withModel({ gpu: true }), 'models.iris.gpu is no field; these are: serving, memory,'],
    [withModel({ memmory: 1 }), 'Did you mean memory?'],
    [withStage({ region: 'Ireland' }), "stages.prod.region is to be a region, such as 'eu-west-1'"],
    [withStage({ tags: { team: 1 } }), 'stages.prod.tags.team is to be text'],
    [withStage({ encryptionKey: 'alias/mine' }), 'stages.prod.encryptionKey is to be the ARN of a key'],
    [withStage({ notify: ['ops'] }), 'stages.prod.notify.0 is to be an e-mail address'],
    [withStage({ notify: 'ops@example.com' }), 'stages.prod.notify is to be a list'],
    [withApi({ type: 'grpc' }), 'stages.prod.api.type is to be one of http, rest'],
    [withApi({ jwt: { issuer: 'http://x', audience: ['a'] } }), 'stages.prod.api.jwt.issuer is to be an https:// URL'],
    [withApi({ jwt: { issuer: 'https://x', audience: [] } }), 'stages.prod.api.jwt.audience is to name at least one'],
    [withApi({ domain: { name: 'https://x.y' } }), 'stages.prod.api.domain.name is to be a domain name'],
    [withApi({ throttle: { rate: 0, burst: 1 } }), 'stages.prod.api.throttle.rate is to be a number over 0'],
    [withApi({ cors: { origins: [] } }), 'stages.prod.api.cors.origins is to name at least one'],
    [{ stages: { 'eu-prod': {} } }, 'a name of at most 20 lower-case letters and digits, a letter first'],
    [{ stages: { 'Prod!': {} } }, 'a name of at most 20 lower-case letters and digits, a letter first'],
  ])('names the path of a mistake: %j', (config, message) => {
    expect(read(config)).toContainEqual(expect.stringContaining(message));
  });
});

describe('what AWS does not do together is refused', () => {
  test.each([
    [
      withModel({ snapStart: true, provisionedConcurrency: 1 }),
      'models.iris.snapStart cannot go with provisionedConcurrency: leave one of them out',
    ],
    [
      withModel({ snapStart: true, storage: 513 }),
      'models.iris.snapStart takes no more than 512 MB of storage, which is 513',
    ],
    [withModel({ snapStart: true, packaging: 'zip' }), 'models.iris.snapStart is there for images only'],
    [
      withModel({ reservedConcurrency: 2, provisionedConcurrency: 3 }),
      'models.iris.provisionedConcurrency is 3, and cannot be over reservedConcurrency, 2',
    ],
    [withModel({ alarms: { concurrency: 50 } }), 'models.iris.alarms.concurrency needs reservedConcurrency'],
    [withApi({ apiKeys: {} }), "stages.prod.api.apiKeys needs type: 'rest'"],
    [withApi({ webAcl: 'arn:aws:wafv2:x' }), "stages.prod.api.webAcl needs type: 'rest'"],
    [
      withApi({ type: 'rest', jwt: { issuer: 'https://x', audience: ['a'] } }),
      "stages.prod.api.jwt needs type: 'http'",
    ],
    [withApi({ auth: 'jwt' }), "stages.prod.api.auth is 'jwt', which needs jwt: { issuer, audience } beside it"],
    [
      { ...withModel({ auth: 'jwt' }), ...withStage({}) },
      "models.iris.auth is 'jwt', which needs stages.prod.api.jwt: { issuer, audience }",
    ],
    [
      { ...withModel({ batch: { concurrency: 21 } }), ...withStage({}) },
      'models.iris.batch.concurrency is 21, and cannot be over stages.prod.batch.concurrency, 20',
    ],
    [
      { ...withModel({ batch: { concurrency: 6 } }), ...withStage({ batch: { concurrency: 5 } }) },
      'models.iris.batch.concurrency is 6, and cannot be over stages.prod.batch.concurrency, 5',
    ],
    [
      withModel({ batch: { schedule: { rate: 'rate(1 day)', input: 's3://our-lake/iris/' } } }),
      'models.iris.batch.schedule.input lies in the bucket our-lake, which stages.dev.batch.buckets does not name',
    ],
    [withModel({ auth: 'jwt' }), "models.iris.auth is 'jwt', which needs stages.dev.api.jwt: { issuer, audience }"],
  ])('%j', (config, message) => {
    expect(read(config)).toContainEqual(expect.stringContaining(message));
  });
});
