import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LambdaTraffic } from '#adapters/aws/lambda/traffic.ts';
import { LocalTraffic } from '#adapters/local/traffic/traffic.ts';
import { openWorld } from '../../../functions/release/world.ts';
import { queryError, queryServer } from '../../support/aws-server.ts';
import { Crash, LambdaServer } from '../../support/lambda-server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

let place: Awaited<ReturnType<typeof newRegistry>>;
beforeEach(async () => {
  place = await newRegistry();
  await registerFixture(place.registry, 'mlp', 'mlp_rows');
  await place.registry.setAlias('mlp', 'live', 1);
});
afterEach(() => vi.unstubAllEnvs());

const here = (more: Record<string, string> = {}) => openWorld({ ONNWARD_STORE: place.store.url, ...more });
const gate = (run: string) => ({ gate: 'custom', run }) as const;

test('a store has to be named', async () => {
  await expect(openWorld({})).rejects.toMatchObject({ code: 'function.unconfigured' });
});

describe('options', () => {
  test('are those that the environment has for the model', async () => {
    const gates = [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }];
    const world = await here({ ONNWARD_RELEASE_MODELS: JSON.stringify({ mlp: { gates, autoRelease: true } }) });
    expect(world.optionsOf('mlp')).toMatchObject({ gates, autoRelease: true });
    expect(world.optionsOf('other')).toEqual({});
  });

  test('that are none are refused by name', async () => {
    const world = await here({ ONNWARD_RELEASE_MODELS: '{"mlp":{"gaits":[]}}' });
    expect(() => world.optionsOf('mlp')).toThrow(expect.objectContaining({ code: 'release.options' }));
  });

  test('of how many shards at once come from the environment', async () => {
    expect((await here()).concurrency).toBe(2);
    expect((await here({ ONNWARD_RELEASE_CONCURRENCY: '7' })).concurrency).toBe(7);
  });
});

describe('on a laptop', () => {
  test('traffic is that of its servers, and a target is this process', async () => {
    const world = await here();
    const traffic = world.traffic('mlp');
    expect(traffic).toBeInstanceOf(LocalTraffic);
    const manifest = await place.registry.manifest('mlp', 1);
    const target = await traffic.publish(1, 'mlp-r1');
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] });
    const answer = await traffic.ask(target, manifest, body);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ model_name: 'mlp', model_version: '1' });
    const refused = await traffic.ask(target, manifest, '{"inputs":[]}');
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toHaveProperty('error');
  });

  test('two versions are in memory at once', async () => {
    await registerFixture(place.registry, 'mlp', 'mlp_rows');
    const world = await here();
    const manifests = [await place.registry.manifest('mlp', 1), await place.registry.manifest('mlp', 2)];
    const [one, two] = [await world.model(manifests[0]!), await world.model(manifests[1]!)];
    expect(await world.model(manifests[0]!)).toBe(one);
    expect(await world.model(manifests[1]!)).toBe(two);
  });

  test('nobody is told', async () => {
    const news = { release: 'mlp-r1', model: 'mlp', version: 1, state: 'live', message: 'It is live.' } as const;
    await expect((await here()).notify(news)).resolves.toBeUndefined();
  });
});

describe('a gate of the user’s own', () => {
  const evidence = { release: 'mlp-r1', model: 'mlp', version: 2 };

  beforeEach(() => {
    mkdirSync(join(place.folder, 'gates'));
    const write = (name: string, text: string) => writeFileSync(join(place.folder, 'gates', name), text);
    write(
      'even.ts',
      `export default async ({ version }: { version: number }) => ({ verdict: version % 2 === 0 ? 'pass' : 'fail', sentence: 'It is ' + version + '.', numbers: { version } });\n`,
    );
    write('none.ts', 'export const gate = 1;\n');
    write('throws.ts', `throw new Error('no licence');\n`);
  });

  const ask = async (run: string) => (await here({ ONNWARD_FOLDER: place.folder })).customGate(gate(run), evidence);

  test('is a module beside the configuration', async () => {
    expect(await ask('./gates/even.ts')).toEqual({ verdict: 'pass', sentence: 'It is 2.', numbers: { version: 2 } });
  });

  test.each([
    ['is not there', './gates/absent.ts', 'cannot be loaded'],
    ['has no default', './gates/none.ts', 'exports no function'],
    ['throws as it is loaded', './gates/throws.ts', 'no licence'],
  ])('that %s is refused', async (_, run, words) => {
    await expect(ask(run)).rejects.toMatchObject({
      code: 'gate.no_module',
      message: expect.stringContaining(words) as string,
    });
  });

  describe('that is a function', () => {
    const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:fair-enough';
    let lambda: LambdaServer;
    beforeEach(async () => {
      lambda = await LambdaServer.start(encodeURIComponent(ARN));
      lambda.versions.set('$LATEST', lambda.latest);
      lambda.versions.set('live', lambda.latest);
      vi.stubEnv('AWS_ENDPOINT_URL', lambda.endpoint);
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    });
    afterEach(() => lambda.stop());

    test('is asked by its ARN, with the evidence', async () => {
      lambda.answer = ({ event }) => ({ verdict: 'pass', sentence: 'Fair.', numbers: event });
      expect(await ask(ARN)).toEqual({ verdict: 'pass', sentence: 'Fair.', numbers: evidence });
      expect(await ask(`${ARN}:live`)).toMatchObject({ verdict: 'pass' });
      expect(lambda.calls).toEqual(['InvokeFunction $LATEST', 'InvokeFunction live']);
    });

    test('and crashes says so', async () => {
      lambda.answer = () => new Crash('division by zero');
      await expect(ask(ARN)).rejects.toMatchObject({
        code: 'gate.failed',
        message: expect.stringContaining('division by zero') as string,
      });
    });
  });
});

test('whoever asks for a release may say no less than the configuration only where it is deployed', async () => {
  expect((await here()).strict).toBeUndefined();
  expect((await here({ ONNWARD_STAGE: 'dev', AWS_REGION: 'eu-west-1' })).strict).toBe(true);
});

describe('in AWS', () => {
  const there = (more: Record<string, string> = {}) => here({ ONNWARD_STAGE: 'dev', AWS_REGION: 'eu-west-1', ...more });

  test('traffic is that of the model’s function, the same each time it is asked for', async () => {
    const world = await there();
    expect(world.traffic('mlp')).toBeInstanceOf(LambdaTraffic);
    expect(world.traffic('mlp')).toBe(world.traffic('mlp'));
    expect(world.traffic('mlp')).not.toBe(world.traffic('other'));
    expect(world.traffic('mlp').lagSeconds).toBe(120);
    expect((await there({ ONNWARD_OBSERVATIONS: 'logs' })).traffic('mlp').lagSeconds).toBe(1);
  });

  test('modules of gates are in the bundle, by the hash of their path', async () => {
    await expect((await there()).customGate(gate('./gates/even.ts'), {})).rejects.toMatchObject({
      code: 'gate.no_module',
      fields: { path: expect.stringMatching(/gates\/[0-9a-f]{16}\.mjs$/) as string },
    });
  });

  describe('whoever waits', () => {
    const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:onnward-dev';
    const news = { release: 'mlp-r1', model: 'mlp', version: 1, state: 'live', message: 'It is live — now.' } as const;

    test('is told by the topic', async () => {
      const told: URLSearchParams[] = [];
      const sns = await queryServer(({ parameters }) => {
        told.push(parameters);
        return { body: '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>' };
      });
      vi.stubEnv('AWS_ENDPOINT_URL', sns.endpoint);
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
      await (await there({ ONNWARD_TOPIC: TOPIC })).notify(news);
      expect(told.map((one) => Object.fromEntries(one))).toMatchObject([
        { Action: 'Publish', TopicArn: TOPIC, Subject: 'mlp-r1: mlp:1 is live', Message: 'It is live — now.' },
      ]);
      await sns.stop();
    });

    test('is not, where the topic may not be written to, and that is said', async () => {
      const sns = await queryServer(() => queryError(403, 'AuthorizationError', 'not authorized'));
      vi.stubEnv('AWS_ENDPOINT_URL', sns.endpoint);
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
      await expect((await there({ ONNWARD_TOPIC: TOPIC })).notify(news)).rejects.toMatchObject({
        fields: { action: 'sns:Publish' },
      });
      await sns.stop();
    });
  });
});
