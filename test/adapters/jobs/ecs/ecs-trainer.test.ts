import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EcsTrainer } from '#adapters/jobs/ecs/ecs-trainer.ts';
import { jsonServer, refusal, type Said } from '../../../support/json-server.ts';

const LOG = {
  LogDriver: 'awslogs',
  LogOptions: { 'awslogs-group': '/aws/batch', 'awslogs-stream': 't/1', 'awslogs-region': 'eu-west-1' },
};
const trainer = (more: object = {}) => ({ Name: 'trainer', KnownStatus: 'RUNNING', ...LOG, ...more });

let metadata: Server;
let endpoint: string;
/** What ECS answers. */
let task: object | string;

beforeEach(async () => {
  metadata = createServer((request, response) => {
    expect(request.url).toBe('/v4/abc/task');
    response.end(typeof task === 'string' ? task : JSON.stringify(task));
  }).listen(0, '127.0.0.1');
  await once(metadata, 'listening');
  endpoint = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/v4/abc`;
});
afterEach(() => void metadata.close());

describe('the container of a trainer', () => {
  test.each([
    ['is not there yet', [], { state: 'waiting' }],
    ['waits for its inputs', [{ Name: 'trainer', KnownStatus: 'NONE' }], { state: 'waiting' }],
    ['is made', [trainer({ KnownStatus: 'CREATED' })], { state: 'waiting' }],
    ['runs', [trainer()], { state: 'running' }],
    ['has ended', [trainer({ KnownStatus: 'STOPPED', ExitCode: 0 })], { state: 'exited', exitCode: 0 }],
    ['was killed', [trainer({ KnownStatus: 'STOPPED', ExitCode: 137 })], { state: 'exited', exitCode: 137 }],
    [
      'was never begun',
      [trainer({ KnownStatus: 'STOPPED' })],
      { state: 'exited', exitCode: 1, reason: expect.stringContaining('never begun') },
    ],
    ['has its inputs', [trainer(), { Name: 'fetch', KnownStatus: 'STOPPED', ExitCode: 0 }], { state: 'running' }],
    [
      'never gets its inputs',
      [
        { Name: 'trainer', KnownStatus: 'NONE' },
        { Name: 'fetch', KnownStatus: 'STOPPED', ExitCode: 137 },
      ],
      {
        state: 'exited',
        exitCode: 137,
        reason: expect.stringMatching(/^Bringing the inputs ended with exit code 137: killed/),
      },
    ],
  ])('%s', async (_, containers, status) => {
    task = { DesiredStatus: 'RUNNING', Containers: containers };
    expect(await new EcsTrainer(endpoint).status()).toEqual({ ...status, stopping: false });
  });

  test('is to end when its task is', async () => {
    task = { DesiredStatus: 'STOPPED', Containers: [trainer()] };
    expect(await new EcsTrainer(endpoint).status()).toEqual({ state: 'running', stopping: true });
  });

  test.each(['no JSON', '{}', 'null'])('is unknown where ECS answers %s', async (text) => {
    task = text;
    await expect(new EcsTrainer(endpoint).status()).rejects.toThrow();
  });
});

describe('its log', () => {
  const pace = { everyMs: 0, quietMs: 40, lastMs: 1000 };
  let logs: Awaited<ReturnType<typeof jsonServer>>;
  /** Events, in their order. */
  let events: { message: string; timestamp: number }[] = [];
  let answer: (() => Said) | undefined;

  beforeEach(async () => {
    task = { DesiredStatus: 'RUNNING', Containers: [trainer()] };
    events = [];
    answer = undefined;
    logs = await jsonServer(({ input }) => {
      if (answer) return answer();
      const from = Number(input['nextToken'] ?? 0);
      const page = events.slice(from, from + 2);
      return { body: { events: page, nextForwardToken: `${from + page.length}`, nextBackwardToken: 'b' } };
    });
  });
  afterEach(() => logs.stop());

  async function running(): Promise<EcsTrainer> {
    const ecs = new EcsTrainer(endpoint, pace);
    await ecs.status();
    return ecs;
  }

  const print = (...texts: string[]): void =>
    void events.push(...texts.map((message, index) => ({ message, timestamp: 1000 + index })));

  test('is read from its beginning, page by page, each line once', async () => {
    const ecs = await running();
    expect(await ecs.lines()).toEqual([]);
    print('a', 'b', 'c', 'd', 'e');
    expect(await ecs.lines()).toEqual(['a', 'b', 'c', 'd', 'e'].map((text, index) => ({ text, at: 1000 + index })));
    expect(await ecs.lines()).toEqual([]);
    print('f');
    expect((await ecs.lines()).map(({ text }) => text)).toEqual(['f']);
    expect(logs.asked[0]?.input).toEqual({ logGroupName: '/aws/batch', logStreamName: 't/1', startFromHead: true });
  });

  test('is not there before the first line', async () => {
    answer = () => refusal('ResourceNotFoundException', 'The specified log stream does not exist.');
    const ecs = await running();
    expect(await ecs.lines()).toEqual([]);
    answer = undefined;
    print('a');
    expect(await ecs.lines()).toHaveLength(1);
  });

  test('that may not be read says which permission it takes', async () => {
    answer = () => refusal('AccessDeniedException', 'User is not authorized to perform: logs:GetLogEvents');
    const ecs = await running();
    await expect(ecs.lines()).rejects.toMatchObject({
      code: 'aws.access_denied',
      fix: expect.stringContaining('logs:GetLogEvents'),
    });
  });

  test('is waited for at its end, until nothing comes any more', async () => {
    const ecs = new EcsTrainer(endpoint, { ...pace, quietMs: 400 });
    await ecs.status();
    print('a');
    setTimeout(() => print('late'), 20);
    expect((await ecs.lastLines()).map(({ text }) => text)).toEqual(['a', 'late']);
  });

  test('is asked for no oftener than an account may', async () => {
    const ecs = new EcsTrainer(endpoint, { ...pace, everyMs: 60_000 });
    await ecs.status();
    await ecs.lines();
    const { length } = logs.asked;
    for (let turn = 0; turn < 5; turn++) await ecs.lines();
    expect(logs.asked).toHaveLength(length);
  });
});

test('a container whose log goes elsewhere has no lines, and is not waited for', async () => {
  task = {
    DesiredStatus: 'RUNNING',
    Containers: [{ Name: 'trainer', KnownStatus: 'RUNNING', LogDriver: 'json-file' }],
  };
  const ecs = new EcsTrainer(endpoint);
  await ecs.status();
  expect([await ecs.lines(), await ecs.lastLines()]).toEqual([[], []]);
});
