import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { jsonRequest, type Send } from '../../contracts/oip-client.ts';
import { overHttp } from '../../contracts/over-http.ts';
import { hostOf } from './asked.ts';

let server: RunningServer;
let agent: Agent;
let send: Send;

beforeAll(async () => {
  const model = await createEngine().load({ folder: 'examples/digits', graph: 'model.onnx', files: [] });
  server = await startServer(hostOf(model), { port: 0 });
  agent = new Agent({ keepAlive: true });
  send = overHttp(server.url, agent);
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});

test('clients are answered while explanations ask for hundreds of thousands of rows', async () => {
  const pixels = Array.from({ length: 64 }, (_, at) => (at % 9) / 9);
  const background = Array.from({ length: 100 }, (_, row) => pixels.map((value, at) => (value * row + at) % 1));
  const body = JSON.stringify({ instances: [pixels, pixels], parameters: { method: 'kernel', background } });
  const question = jsonRequest('FP32', [1, 1, 8, 8], JSON.stringify(pixels)).replace('"x"', '"image"');
  const ask = () => send({ method: 'POST', path: '/v2/models/m/infer', body: question });
  expect((await ask()).status).toBe(200);
  const state = { done: false };
  const explained = send({ method: 'POST', path: '/v1/models/m:explain', body }).finally(() => (state.done = true));
  const waits: number[] = [];
  while (!state.done) {
    const started = performance.now();
    expect((await ask()).status).toBe(200);
    waits.push(performance.now() - started);
  }
  const { status, body: answer } = await explained;
  expect(status).toBe(200);
  expect(
    (JSON.parse(Buffer.from(answer).toString()) as { explanations: { evaluations: number }[] }).explanations[0]!
      .evaluations,
  ).toBeGreaterThan(200_000);
  // Each waits for a call of 4 ms; the fit at the end takes longest. On a busy machine all of it takes its time.
  const half = waits.toSorted((a, b) => a - b)[waits.length >> 1]!;
  expect(waits.length).toBeGreaterThan(10);
  expect(half).toBeLessThan(100);
});
