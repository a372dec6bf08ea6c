import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FolderRequests, type FolderOfObjects } from '#adapters/local/requests.ts';
import type { RequestName } from '#core/batch/requests.ts';
import { bodyKey, requestKey } from '#core/batch/requests.ts';
import { createApp } from '#serving/app.ts';
import { AsyncRequests } from '#serving/async/requests.ts';
import { soleHost } from '#serving/host.ts';
import { answerRequest } from '../../../functions/batch/request.ts';
import { overFetch, type DoorRequest, type Send } from '../../contracts/oip-client.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

type World = Parameters<typeof answerRequest>[0];

let world: World;
let send: Send;
let arrived: RequestName[];
let loads: ReturnType<typeof vi.fn>;

beforeEach(async () => {
  const { registry, store, load } = await newRegistry();
  const manifest = await registerFixture(registry, 'echo', 'identity_pair');
  await registerFixture(registry, 'echo', 'identity_fp32');
  const served = { name: 'echo', version: 1, manifest, model: await load(manifest) };
  arrived = [];
  const requests = new AsyncRequests({
    store: new FolderRequests(store as FolderOfObjects),
    clock: Date.now,
    onArrival: (name) => arrived.push(name),
  });
  send = overFetch(createApp(soleHost(served), { maxBodyBytes: 1_000_000 }, { requests }).fetch);
  loads = vi.fn(load);
  world = {
    store,
    registry,
    clock: Date.now,
    model: loads as World['model'],
    price: { memory: 1769, architecture: 'arm64' },
  };
});

const question = {
  inputs: [
    { name: 'a', shape: [2, 3], datatype: 'FP32', data: [0.1, 1e-30, 3.4e38, -0, 1 / 3, 2] },
    { name: 'b', shape: [2], datatype: 'INT64', data: [1, -9_007_199_254_740_991] },
  ],
};
const ask = (headers: DoorRequest['headers'] = {}, body: object = question) =>
  send({ method: 'POST', path: '/v2/models/echo/infer', headers, body: JSON.stringify(body) });

describe('one stored request', () => {
  test.each([
    ['JSON', question],
    ['binary outputs', { ...question, parameters: { binary_data_output: true } }],
    ['a refusal', { inputs: [] }],
  ])('is answered by the version that took it in, bit by bit as that one does: %s', async (_, body) => {
    const direct = await ask({}, body);
    const { location } = JSON.parse(Buffer.from((await ask({ prefer: 'respond-async' }, body)).body).toString()) as {
      location: string;
    };
    await answerRequest(world, bodyKey(arrived[0] as RequestName));
    const later = await send({ method: 'GET', path: location });
    expect(later.status).toBe(direct.status);
    expect(Buffer.from(later.body).equals(direct.body)).toBe(true);
    expect(loads.mock.calls).toMatchObject([[{ name: 'echo', version: 1 }]]);
  });

  test('is nothing but the key of its body', async () => {
    await ask({ prefer: 'respond-async' });
    const [name] = arrived as [RequestName];
    for (const key of [requestKey(name), 'batch/requests/echo/x/body', 'batch/in/echo/a.csv', '']) {
      await answerRequest(world, key);
    }
    expect(loads).not.toHaveBeenCalled();
  });

  test('is refused where it would not fit into the memory that there is', async () => {
    const taken = JSON.parse(Buffer.from((await ask({ prefer: 'respond-async' })).body).toString()) as {
      location: string;
    };
    await answerRequest({ ...world, price: { ...world.price, memory: 0.001 } }, bodyKey(arrived[0] as RequestName));
    const { status, body } = await send({ method: 'GET', path: taken.location });
    expect([status, Buffer.from(body).toString()]).toEqual([413, expect.stringContaining('the limit is 116 bytes')]);
  });

  test('that nobody asked is nobody’s', async () => {
    await answerRequest(world, bodyKey({ model: 'echo', id: '0'.repeat(32) }));
    expect(loads).not.toHaveBeenCalled();
  });
});
