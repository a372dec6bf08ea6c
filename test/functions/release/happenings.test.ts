import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { publishRelease } from '#core/release/publish.ts';
import type { Release } from '#core/release/release.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { writeDocument } from '#core/release/store.ts';
import { shiftTraffic } from '#core/release/traffic.ts';
import { decided } from '#core/release/waits.ts';
import { act } from '../../../functions/release/happenings.ts';
import { obey } from '../../../functions/release/commands.ts';
import { open, type Opened } from '../../../functions/release/world.ts';
import { type Asked, jsonServer, refusal, type Said } from '../../support/json-server.ts';
import { LambdaServer } from '../../support/lambda-server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

const WORKFLOW = 'arn:aws:states:us-east-1:111122223333:stateMachine:onnward-dev--release';
const LATER = Date.now() + 60_000;

let place: Awaited<ReturnType<typeof newRegistry>>;
let lambda: LambdaServer;
let aws: Awaited<ReturnType<typeof jsonServer>>;
let answer: (asked: Asked) => Said;
let opened: Opened;

/** A stage of AWS whose registry lies in a folder: iris has versions 1 and 2, and its function is there. */
beforeEach(async () => {
  place = await newRegistry();
  for (const _ of [1, 2]) await registerFixture(place.registry, 'iris', 'mlp_rows');
  lambda = await LambdaServer.start('onnward-dev-iris');
  answer = () => ({ body: { executionArn: 'arn', startDate: 1 } });
  aws = await jsonServer((asked) => answer(asked));
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.endpoint);
  opened = await openStage();
});

afterEach(async () => {
  await aws.stop();
  await lambda.stop();
});

const openStage = (more: Record<string, string> = {}): Promise<Opened> =>
  open({
    ONNWARD_STORE: place.store.url,
    ONNWARD_STAGE: 'dev',
    ONNWARD_WORKFLOW: WORKFLOW,
    ONNWARD_RELEASE_MODELS: JSON.stringify({ iris: {}, other: {} }),
    AWS_REGION: 'us-east-1',
    ...more,
  });

const request = (release: string, version: number): Release => ({
  format: 1,
  release,
  execution: 'e',
  model: 'iris',
  version,
  manifest: 'm',
  options: {},
  allowBreaking: false,
  trigger: 'command',
  actor: 'ada',
  at: new Date().toISOString(),
});

/** A release as far as it is published; of `weight` percent of the traffic, where any. */
async function released(release: string, version: number, weight: number): Promise<Release> {
  const { world } = opened;
  const asked = await writeDocument(world.store, release, 'request', request(release, version));
  await publishRelease(world, asked);
  const live = await world.traffic('iris').live();
  const challenger = await world.traffic('iris').publish(version, release);
  const split =
    live && weight < 100 ? { champion: live.champion, challenger, weight } : { champion: challenger, weight: 0 };
  if (live)
    await world.registry.setReleased('iris', 'previous', { version: live.champion.version, target: live.champion.id });
  await shiftTraffic(world, asked, split);
  return asked;
}

async function ended(release: string): Promise<void> {
  const end = { at: new Date().toISOString(), state: 'live', reason: 'It passed.' } as const;
  await writeDocument(opened.world.store, release, 'end', end);
}

async function withCanary(): Promise<void> {
  await released('iris-r1', 1, 100);
  await ended('iris-r1');
  await released('iris-r2', 2, 10);
}

const alias = () => lambda.aliases.get('live')!;
const alarm = (what: string, at = LATER) =>
  ({ what: 'alarm', name: `onnward-dev-iris-${what}`, reason: 'Threshold Crossed', at }) as const;

describe('an alarm', () => {
  test('ends the release whose canary is under way: its traffic is back at once', async () => {
    await withCanary();
    expect(alias().RoutingConfig).toEqual({ AdditionalVersionWeights: { '2': 0.1 } });
    expect(await act(opened, alarm('errors'))).toEqual({ done: 'abort', release: 'iris-r2', state: 'aborted' });
    expect(alias()).toMatchObject({ FunctionVersion: '1', Description: '1 serves version 1' });
    expect(alias().RoutingConfig).toBeUndefined();
    expect(await releaseStatus(place.store, 'iris-r2')).toMatchObject({
      state: 'aborted',
      abort: { actor: 'onnward-dev-iris-errors', reason: 'Threshold Crossed', by: 'alarm' },
    });
  });

  test('that is told twice does so once', async () => {
    await withCanary();
    await act(opened, alarm('errors'));
    const revision = alias().RevisionId;
    expect(await act(opened, alarm('errors'))).toMatchObject({ done: 'nothing' });
    expect(alias().RevisionId).toBe(revision);
  });

  test('from before the traffic was moved is over', async () => {
    await withCanary();
    expect(await act(opened, alarm('errors', Date.now() - 60_000))).toMatchObject({ done: 'nothing' });
    expect(alias().RoutingConfig).toBeDefined();
  });

  test('before anything reaches the challenger is the live version’s, and what is to mend it goes on', async () => {
    await released('iris-r1', 1, 100);
    await ended('iris-r1');
    await writeDocument(place.store, 'iris-r2', 'request', request('iris-r2', 2));
    expect(await act(opened, alarm('latency-p99'))).toMatchObject({ done: 'nothing' });
    expect(await releaseStatus(place.store, 'iris-r2')).toMatchObject({ state: 'open' });
  });

  test.each(['onnward-dev-iris-large-errors', 'onnward-prod-iris-errors', 'onnward-dev--api-errors', 'mine'])(
    'that is called %s is nobody’s',
    async (name) => {
      await withCanary();
      expect(await act(opened, { ...alarm('errors'), name })).toMatchObject({ done: 'nothing' });
      expect(alias().RoutingConfig).toBeDefined();
    },
  );

  describe('with nothing under way, of', () => {
    beforeEach(async () => {
      await released('iris-r1', 1, 100);
      await ended('iris-r1');
      await released('iris-r2', 2, 100);
      await ended('iris-r2');
    });

    test.each(['accuracy', 'quality', 'drift', 'errors'])('%s does nothing: monitoring acts on it', async (what) => {
      expect(await act(opened, alarm(what))).toMatchObject({ done: 'nothing' });
      expect(alias().FunctionVersion).toBe('2');
    });
  });
});

test('a person’s rollback is two calls of Lambda before all traffic is back, by a function that just started', async () => {
  await withCanary();
  opened = await openStage();
  lambda.calls.length = 0;
  const told = await obey(opened.world, { task: 'rollback', model: 'iris', actor: 'ada', reason: 'it is slow' });
  expect(told).toMatchObject({ from: { id: '2' }, to: { id: '1' } });
  expect(lambda.calls.slice(0, 2)).toEqual(['GetAlias', 'UpdateAlias']);
  expect(alias()).toMatchObject({ FunctionVersion: '1' });
});

const started = () => aws.asked.filter(({ operation }) => operation === 'StartExecution').map(({ input }) => input);
const requested = () => started().map((input) => JSON.parse(input['input'] as string) as object);

/** Version 1 is live, and its release has ended. */
async function live(): Promise<void> {
  await released('iris-r1', 1, 100);
  await ended('iris-r1');
}

describe('a deployment', () => {
  const deployed = { what: 'deployment', id: 'event-1' } as const;

  beforeEach(() => {
    // The function of the other model is not there.
    opened = { ...opened, models: ['iris'] };
  });

  test('of new code releases the version that is live', async () => {
    await live();
    lambda.deploy('code-2');
    expect(await act(opened, deployed)).toEqual({ done: 'start', started: ['iris'] });
    const [execution] = started();
    expect(execution).toMatchObject({
      stateMachineArn: WORKFLOW,
      name: expect.stringMatching(/^deployed-[0-9a-f]{32}$/),
    });
    expect(JSON.parse(execution?.['input'] as string)).toEqual({
      model: 'iris:1',
      trigger: 'deployed',
      actor: 'deployment',
    });
  });

  test('that is told twice starts one, by its name', async () => {
    await live();
    lambda.deploy('code-2');
    await act(opened, deployed);
    answer = () => refusal('ExecutionAlreadyExists', 'Execution Already Exists');
    expect(await act(opened, deployed)).toEqual({ done: 'start', started: [] });
    await act(opened, { ...deployed, id: 'event-2' });
    const [first, second, other] = started().map(({ name }) => name);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test('of what is live already starts nothing', async () => {
    await released('iris-r1', 1, 100);
    expect(await act(opened, deployed)).toEqual({ done: 'start', started: [] });
    expect(started()).toEqual([]);
  });

  test('of a function that leads nowhere yet is for the command that deployed it', async () => {
    lambda.deploy('code-2');
    expect(await act(opened, deployed)).toEqual({ done: 'start', started: [] });
  });

  test('of another baked version releases that one', async () => {
    await live();
    lambda.deploy('code-2');
    lambda.tags['onnward:baked-version'] = '2';
    await act(opened, deployed);
    expect(JSON.parse(started()[0]?.['input'] as string)).toMatchObject({ model: 'iris:2' });
  });
});

describe('what could not begin at its time', () => {
  const deployed = { what: 'deployment', id: 'event-1' } as const;
  const hourly = { what: 'schedule' } as const;
  const again = { model: 'iris:1', trigger: 'deployed', actor: 'deployment' };

  beforeEach(() => {
    opened = { ...opened, models: ['iris'] };
  });

  test('as a release was open is released when that has ended, once', async () => {
    await live();
    await writeDocument(place.store, 'iris-r2', 'request', request('iris-r2', 2));
    lambda.deploy('code-2');
    expect(await act(opened, deployed)).toEqual({ done: 'start', started: [] });
    expect(await act(opened, hourly)).toMatchObject({ started: [] });
    await ended('iris-r2');
    expect(await act(opened, hourly)).toMatchObject({ started: ['iris'] });
    answer = () => refusal('ExecutionAlreadyExists', 'Execution Already Exists');
    expect(await act(opened, hourly)).toMatchObject({ started: [] });
    expect(requested()).toEqual([again, again]);
    expect(new Set(started().map(({ name }) => name)).size).toBe(1);
  });

  test('is not released where that release had it', async () => {
    await live();
    const asked = await writeDocument(place.store, 'iris-r2', 'request', request('iris-r2', 2));
    lambda.deploy('code-2');
    await act(opened, deployed);
    await publishRelease(opened.world, asked);
    await ended('iris-r2');
    expect(await act(opened, hourly)).toMatchObject({ started: [] });
    expect(started()).toEqual([]);
  });

  test('is nothing where nothing was deployed meanwhile: what was rejected is not tried each hour', async () => {
    await live();
    lambda.deploy('code-2');
    await act(opened, deployed);
    await writeDocument(place.store, 'iris-r2', 'request', request('iris-r2', 1));
    await ended('iris-r2');
    expect(await act(opened, hourly)).toMatchObject({ started: [] });
    expect(started()).toHaveLength(1);
  });

  test('is a version whose registration nobody heard, once a day', async () => {
    opened = await openStage({ ONNWARD_RELEASE_MODELS: JSON.stringify({ iris: { autoRelease: true } }) });
    await live();
    expect(await act(opened, hourly)).toMatchObject({ started: ['iris'] });
    await act(opened, hourly);
    const tomorrow = { ...opened, world: { ...opened.world, clock: () => Date.now() + 86_400_000 } };
    await act(tomorrow, hourly);
    const [first, second, third] = started();
    expect(requested()[0]).toEqual({ model: 'iris:2', trigger: 'registered', actor: 'registration' });
    expect(second?.['name']).toBe(first?.['name']);
    expect(third?.['name']).not.toBe(first?.['name']);
  });

  test('with new code besides begins once, as that version', async () => {
    opened = await openStage({ ONNWARD_RELEASE_MODELS: JSON.stringify({ iris: { autoRelease: true } }) });
    await released('iris-r1', 1, 100);
    lambda.deploy('code-2');
    await act(opened, deployed);
    await ended('iris-r1');
    expect(await act(opened, hourly)).toMatchObject({ started: ['iris'] });
    expect(requested()).toEqual([{ model: 'iris:2', trigger: 'registered', actor: 'registration' }]);
  });

  test('that fails keeps no other duty from being done, and is told', async () => {
    opened = await openStage({ ONNWARD_RELEASE_MODELS: JSON.stringify({ iris: { autoRelease: true } }) });
    await live();
    await place.registry.setReleased('iris', 'previous', { version: 1, target: '1' });
    answer = () => refusal('AccessDeniedException', 'no', 403);
    lambda.calls.length = 0;
    await expect(act(opened, hourly)).rejects.toMatchObject({ code: 'aws.access_denied' });
    expect(lambda.calls).toEqual(['InvokeFunction 1']);
  });
});

describe('as time goes by', () => {
  test('what nobody has decided is closed', async () => {
    const asked = await writeDocument(place.store, 'iris-r1', 'request', request('iris-r1', 1));
    const long = { ...opened.world, clock: () => Date.now() - 30 * 86_400_000 };
    await decided(long, asked, { of: 'gates', kind: 'approval', reason: 'It passed.' });
    expect(await act(opened, { what: 'schedule' })).toMatchObject({ done: 'look', expired: ['iris-r1'] });
    expect(await releaseStatus(place.store, 'iris-r1')).toMatchObject({ state: 'expired' });
    expect(await act(opened, { what: 'schedule' })).toMatchObject({ expired: [] });
  });

  test('what a rollback would lead to is called, so that it stays awake', async () => {
    await released('iris-r1', 1, 100);
    await ended('iris-r1');
    await released('iris-r2', 2, 100);
    lambda.calls.length = 0;
    expect(await act(opened, { what: 'schedule' })).toMatchObject({ awake: ['iris'] });
    expect(lambda.calls).toEqual(['InvokeFunction 1']);
    lambda.versions.get('1')!.State = 'Inactive';
    expect(await act(opened, { what: 'schedule' })).toMatchObject({ awake: [] });
    expect(lambda.versions.get('1')!.State).toBe('Pending');
  });
});

test('on a laptop nothing happens by itself', async () => {
  const here = await open({ ONNWARD_STORE: place.store.url });
  expect(here.stage).toBeUndefined();
  expect(await act(here, alarm('errors'))).toMatchObject({ done: 'nothing' });
  expect(await act(here, { what: 'nothing' })).toMatchObject({ done: 'nothing' });
});
