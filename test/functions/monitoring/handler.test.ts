/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { listActions } from '#core/monitoring/act/actions.ts';
import { type Asked, jsonServer, refusal, type Said } from '../../support/json-server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

const WORKFLOW = 'arn:aws:states:us-east-1:111122223333:stateMachine:onnward-dev--training';

let place: Awaited<ReturnType<typeof newRegistry>>;
let aws: Awaited<ReturnType<typeof jsonServer>>;
let answer: (asked: Asked) => Said;
let handler: (event: unknown) => Promise<object>;

const MODELS = {
  iris: {
    watch: { accuracy: { below: 0.9, window: '1h', minimum: 100, then: 'rollback' }, drift: { then: 'retrain' } },
  },
  wine: { watch: { drift: { then: 'notify' } } },
};

/** A stage of AWS whose registry lies in a folder: version 2 of iris is live, and of wine there is nothing yet. */
beforeEach(async () => {
  place = await newRegistry();
  for (const version of [1, 2]) {
    await registerFixture(place.registry, 'iris', 'mlp_rows');
    await place.registry.setReleased('iris', 'live', { version, target: String(version) });
  }
  answer = ({ operation }) =>
    operation.includes('/functions/')
      ? { body: { to: { version: 1 } } }
      : { body: { executionArn: 'arn', startDate: 1 } };
  aws = await jsonServer((asked) => answer(asked));
  const environment = {
    ONNWARD_STORE: place.store.url,
    ONNWARD_STAGE: 'dev',
    ONNWARD_RELEASE_FUNCTION: 'onnward-dev--release',
    ONNWARD_TRAINING_WORKFLOW: WORKFLOW,
    ONNWARD_MONITOR_MODELS: JSON.stringify(MODELS),
    AWS_REGION: 'us-east-1',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  ({ handler } = await import('../../../functions/monitoring/handler.ts'));
});

afterEach(async () => {
  await aws.stop();
});

let events = 0;
const alarm = (what: string, value = 'ALARM') => ({
  'detail-type': 'CloudWatch Alarm State Change',
  id: `event-${events++}`,
  time: new Date(Date.now() + 60_000).toISOString(),
  detail: { alarmName: `onnward-dev-iris-${what}`, state: { value, reason: 'Threshold Crossed' } },
});

const askedFor = (what: string) => aws.asked.filter(({ operation }) => operation.includes(what));

test('accuracy falls: the function of releases takes back what is live, once', async () => {
  const event = alarm('accuracy');
  expect(await handler(event)).toEqual({
    done: 'act',
    action: 'iris-a1',
    kind: 'rollback',
    about: 'accuracy',
    state: 'done',
  });
  expect(await handler(event)).toMatchObject({ done: 'nothing' });
  expect(askedFor('/functions/onnward-dev--release')).toMatchObject([
    {
      input: {
        task: 'rollback',
        model: 'iris',
        version: 2,
        actor: 'onnward-dev-iris-accuracy',
        reason: 'Threshold Crossed',
      },
    },
  ]);
});

test('drift: the workflow of trainings is begun by the name of the action', async () => {
  expect(await handler(alarm('drift'))).toMatchObject({ kind: 'retrain', state: 'done' });
  const [started] = askedFor('StartExecution');
  expect(started?.input).toMatchObject({
    stateMachineArn: WORKFLOW,
    name: expect.stringMatching(/^action-[0-9a-f]{32}$/),
  });
  expect(JSON.parse(started?.input['input'] as string)).toEqual({
    model: 'iris',
    trigger: 'alarm',
    action: 'iris-a1',
    actor: 'onnward-dev-iris-drift',
    why: 'Threshold Crossed',
    options: { release: true },
  });
});

test('with rows that have their truth, they are a channel', async () => {
  await place.store.put('live-rows/iris/training/2026-11-23T07-1h.csv', Buffer.from('a,truth\n1,2\n'));
  await handler(alarm('drift'));
  expect(JSON.parse(askedFor('StartExecution')[0]?.input['input'] as string)).toMatchObject({
    options: { release: true, channels: { live: 'live-rows/iris/training/' } },
  });
});

test('what may pass is thrown, and done when it is told again', async () => {
  const event = alarm('drift');
  const usual = answer;
  answer = () => refusal('StateMachineDeleting', 'try later');
  await expect(handler(event)).rejects.toThrow();
  expect(await listActions(place.store, 'iris')).toMatchObject([{ state: 'open' }]);
  answer = usual;
  expect(await handler(event)).toMatchObject({ state: 'done' });
});

test.each([
  ['rollback.nothing', 'failed'],
  ['release.unheard_of', undefined],
])('a function of releases that throws %s: %s', async (errorType, state) => {
  const lambda = createServer((_, response) =>
    response
      .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
      .end(JSON.stringify({ errorType, errorMessage: 'iris has no version to go back to.' })),
  ).listen(0, '127.0.0.1');
  await once(lambda, 'listening');
  onTestFinished(() => void lambda.close());
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`);
  const handled = handler(alarm('accuracy'));
  if (state === undefined) await expect(handled).rejects.toMatchObject({ name: 'monitor.failed' });
  else await expect(handled).resolves.toMatchObject({ state });
});

test('each hour all models are looked at; what fails of one is thrown behind the others', async () => {
  expect(await handler({ 'detail-type': 'Scheduled Event' })).toMatchObject({
    done: 'look',
    models: { iris: { windows: [{ captured: 0 }], more: false }, wine: { more: false } },
  });
  const key = 'monitoring/iris/alarms/drift.json';
  await place.store.put(key, Buffer.from('nonsense'));
  const failing = handler({ 'detail-type': 'Scheduled Event' });
  await expect(failing).rejects.toMatchObject({ name: 'store.corrupt' });
});

test('a person has a model looked at', async () => {
  expect(await handler({ task: 'monitor', model: 'iris' })).toMatchObject({ windows: [{ captured: 0 }] });
  await expect(handler({ task: 'monitor', model: 'none' })).rejects.toMatchObject({ name: 'monitor.not_watched' });
});

test('a subject that nobody knows is forgotten at once', async () => {
  expect(await handler({ task: 'forget', model: 'iris', subject: 'ada', actor: 'grace' })).toEqual({
    events: 0,
    objects: 0,
  });
});
