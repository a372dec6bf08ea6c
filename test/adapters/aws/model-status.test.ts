import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lambdaClient, LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { readModel } from '#adapters/aws/model-status.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { Release } from '#core/release/release.ts';
import { writeDocument } from '#core/release/store.ts';
import { decided } from '#core/release/waits.ts';
import { LambdaServer } from '../../support/lambda-server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

let place: Awaited<ReturnType<typeof newRegistry>>;
let lambda: LambdaServer;
let client: ReturnType<typeof lambdaClient>;

/** iris has versions 1 to 3; versions 5, 7 and 9 of its function are published for them, and `live` leads to 7. */
beforeEach(async () => {
  place = await newRegistry();
  for (const _ of [1, 2, 3]) await registerFixture(place.registry, 'iris', 'mlp_rows');
  lambda = await LambdaServer.start('onnward-dev-iris');
  lambda.outcome = {};
  for (const [id, version] of [
    ['5', '1'],
    ['7', '2'],
    ['9', '3'],
  ] as const)
    publish(id, { ONNWARD_VERSION: version });
  lambda.point('7');
  await place.registry.setReleased('iris', 'live', { version: 2, target: '7' });
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  client = lambdaClient('us-east-1');
});

afterEach(async () => {
  client.destroy();
  vi.unstubAllEnvs();
  await lambda.stop();
});

const publish = (id: string, Variables: Record<string, string>, State = 'Active'): void =>
  void lambda.versions.set(id, { ...lambda.latest, Version: id, State, Environment: { Variables } });

const read = (options?: ReleaseOptions, store: ObjectStore = place.store) =>
  readModel(
    { stage: 'dev', store, registry: new Registry(store, { clock: Date.now, actor: 'status' }), clock: Date.now },
    new LambdaFunction(client, 'onnward-dev-iris'),
    'iris',
    Promise.resolve(options),
  );

const RELEASE: Release = {
  format: 1,
  release: 'iris-r1',
  execution: 'e',
  model: 'iris',
  version: 3,
  manifest: 'm',
  options: {},
  allowBreaking: false,
  trigger: 'command',
  actor: 'ada',
  at: new Date().toISOString(),
};

const open = (): Promise<Release> => writeDocument(place.store, 'iris-r1', 'request', RELEASE);

test('a model that serves is looked at in two calls of Lambda', async () => {
  expect(await read()).toMatchObject({
    traffic: { to: 'function', functionVersion: '7', version: 2 },
    state: 'Active',
    recorded: 2,
    feedback: 'off',
    missing: [],
    condition: { level: 'ok', text: 'serves version 2' },
  });
  expect(lambda.calls.toSorted()).toEqual(['GetAlias', 'GetFunctionConfiguration 7']);
});

test('a store that is not there yet is no failure', async () => {
  const refuse = (): never => {
    throw new OnnwardError('no bucket', { code: 'store.no_bucket', kind: 'not-found' });
  };
  const store = { ...place.store, url: 's3://none', get: refuse, list: refuse, folders: refuse } as ObjectStore;
  const found = await read({ evaluation: { data: 'evaluation/iris/a/rows.csv', label: 'species' } }, store);
  expect(found).toMatchObject({ condition: { level: 'warning' }, missing: [] });
  expect(found).not.toHaveProperty('release');
});

describe('a canary', () => {
  const route = (more = {}) =>
    lambda.point('7', { RoutingConfig: { AdditionalVersionWeights: { '9': 0.1 } }, ...more });

  test('has the version and the share that the alias says, and its release', async () => {
    route({ Description: '7 serves version 2, 9 serves version 3' });
    await open();
    const { challenger, release, condition, aspects } = await read();
    expect({ challenger, release }).toEqual({
      challenger: { functionVersion: '9', version: 3, weight: 10 },
      release: { release: 'iris-r1', version: 3 },
    });
    expect(condition.text).toBe('serves version 2, and a canary beside it');
    expect(aspects[0]).toMatchObject({ aspect: 'canary', level: 'ok', text: expect.stringContaining('by iris-r1') });
    expect(lambda.calls).not.toContain('GetFunctionConfiguration 9');
  });

  test('that somebody made by hand is asked for its version, and is a leftover', async () => {
    route();
    const { challenger, aspects } = await read();
    expect(challenger).toEqual({ functionVersion: '9', version: 3, weight: 10 });
    expect(aspects[0]).toMatchObject({ aspect: 'canary', level: 'warning' });
  });
});

describe('a release', () => {
  test('that waits is told with its reason and its time', async () => {
    const request = await open();
    const wait = { of: 'gates', kind: 'approval', reason: 'all pass' } as const;
    await decided({ store: place.store, clock: Date.now }, request, wait);
    const { release } = await read();
    expect(release).toEqual({
      release: 'iris-r1',
      version: 3,
      wait: { reason: 'all pass', expires: expect.stringMatching(/^2/), isExpired: false },
    });
  });

  test('is over at its time, whoever has closed it or not', async () => {
    const request = await open();
    const wait = { of: 'gates', kind: 'approval', reason: 'all pass' } as const;
    await decided({ store: place.store, clock: () => Date.now() - 8 * 86_400_000 }, request, wait);
    expect((await read()).release?.wait?.isExpired).toBe(true);
  });

  test('that has ended is not told', async () => {
    await open();
    await writeDocument(place.store, 'iris-r1', 'end', { at: RELEASE.at, state: 'live', reason: 'r' });
    expect(await read()).not.toHaveProperty('release');
  });
});

describe('previous', () => {
  test.each([
    ['Active', { state: 'Active' }],
    ['Inactive', { state: 'Inactive', stateReason: 'Idle: not invoked' }],
    ['Failed', { state: 'Failed', stateReason: 'Idle: not invoked' }],
  ])('is asked how it stands: %s', async (State, expected) => {
    publish('5', { ONNWARD_VERSION: '1' }, State);
    Object.assign(lambda.versions.get('5')!, { StateReasonCode: 'Idle', StateReason: 'not invoked' });
    await place.registry.setReleased('iris', 'previous', { version: 1, target: '5' });
    expect((await read()).previous).toEqual({ version: 1, functionVersion: '5', ...expected });
  });

  test('may be gone', async () => {
    await place.registry.setReleased('iris', 'previous', { version: 1, target: '4' });
    expect((await read()).previous).toEqual({ version: 1, functionVersion: '4' });
  });

  test('may be set by hand', async () => {
    await place.registry.setAlias('iris', 'previous', 1);
    expect((await read()).previous).toEqual({ version: 1 });
  });
});

describe('feedback', () => {
  test.each([
    [{ ONNWARD_FEEDBACK: '1' }, true, 'on'],
    [{ ONNWARD_FEEDBACK: '{"expires":"30d"}' }, true, 'on'],
    [{ ONNWARD_FEEDBACK: '1' }, false, 'no key'],
    [{}, true, 'off'],
  ])('of %j, with a key: %s', async (environment, hasKey, expected) => {
    publish('7', { ONNWARD_VERSION: '2', ...environment });
    if (hasKey) await place.store.put('keys/receipts/1.json', new TextEncoder().encode('{}'));
    else await place.store.put('keys/receipts/1.json.old', new Uint8Array(1));
    expect((await read()).feedback).toBe(expected);
  });
});

describe('rows that releases read', () => {
  const options: ReleaseOptions = {
    evaluation: { data: 'evaluation/iris/a/rows.csv', label: 'species' },
    shadow: { data: 'evaluation/iris/b/asked.jsonl' },
  };

  test('are looked for in the store of the stage', async () => {
    await place.store.put('evaluation/iris/a/rows.csv.gz', new Uint8Array(1));
    expect((await read(options)).missing).toEqual([options.evaluation!.data, 'evaluation/iris/b/asked.jsonl']);
    await place.store.put('evaluation/iris/a/rows.csv', new Uint8Array(1));
    expect((await read(options)).missing).toEqual(['evaluation/iris/b/asked.jsonl']);
  });

  test('elsewhere are not', async () => {
    const elsewhere = { evaluation: { data: 's3://theirs/rows.csv', label: 'species' }, shadow: false } as const;
    expect((await read(elsewhere)).missing).toEqual([]);
  });
});
