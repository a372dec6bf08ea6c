import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { createApp } from '#serving/app.ts';
import { createResponder } from '#serving/events/respond.ts';
import { shortDoor } from '#serving/events/short-door.ts';
import { startServer } from '#serving/server.ts';
import { asyncDoorContract } from '../../contracts/async-door.ts';
import { newAsyncWorld } from '../../contracts/async-world.ts';
import { overFetch, type Send } from '../../contracts/oip-client.ts';
import { FP32, iris, MAX_BODY_BYTES } from '../../contracts/oip-expectations.ts';
import { overHttp } from '../../contracts/over-http.ts';
import { GATEWAYS } from '../../functions/inference/gateways.ts';

const agent = new Agent({ keepAlive: true });
const limits = { maxBodyBytes: MAX_BODY_BYTES };
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  agent.destroy();
  await Promise.all(closers.splice(0).map((close) => close()));
});

describe('the app', () => {
  asyncDoorContract(async ({ host, requests }) => overFetch(createApp(host, limits, { requests }).fetch));
});

describe('the server, whose short door hands over', () => {
  asyncDoorContract(async ({ host, requests }) => {
    const server = await startServer(host, { port: 0, ...limits, requests });
    closers.push(() => server.close());
    return overHttp(server.url, agent);
  });
});

describe.each(GATEWAYS)('through $name', (gateway) => {
  // A REST API does not say of a request without a body whether bytes pass.
  const packs = !gateway.name.startsWith('a REST API');
  asyncDoorContract(async ({ host, requests }): Promise<Send> => {
    const app = createApp(host, limits, { requests });
    const fetch = Object.assign((request: Request) => app.fetch(request), { short: shortDoor(host, limits) });
    const handler = createResponder({ serve: async () => fetch });
    return async (request) => {
      const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 30_000 };
      return gateway.response(await handler(gateway.event(request), context));
    };
  }, packs);
});

test('where nothing takes requests in, the preference is passed over', async () => {
  const { host } = await newAsyncWorld();
  const app = createApp(host, limits);
  const response = await app.request(FP32, { method: 'POST', body: iris, headers: { prefer: 'respond-async' } });
  expect([response.status, response.headers.has('preference-applied')]).toEqual([200, false]);
  for (const [method, path] of [
    ['POST', 'requests'],
    ['GET', `requests/${'0'.repeat(32)}`],
  ] as const) {
    expect((await app.request(FP32.replace('infer', path), { method })).status).toBe(404);
  }
});
