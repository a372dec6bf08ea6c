import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import type { CountedFeedback } from '#core/monitoring/feedback.ts';
import { signReceipt } from '#core/monitoring/receipts.ts';
import { RECEIPT_HEADER } from '#serving/host.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { jsonRequest, type Send } from '../../contracts/oip-client.ts';
import { FP32 } from '../../contracts/oip-expectations.ts';
import { overHttp } from '../../contracts/over-http.ts';
import { newFeedback } from '../../contracts/receipts-door.ts';

const QUESTION = jsonRequest('FP32', [1, 3], '[0.1,0.2,0.7]');
const FEEDBACK = '/v2/models/identity_fp32/feedback';

let there: Awaited<ReturnType<typeof newFeedback>>;
let server: RunningServer;
let agent: Agent;
let send: Send;
const counted: CountedFeedback[] = [];
const answered: number[] = [];

beforeAll(async () => {
  there = await newFeedback();
  server = await startServer(await contractHost(async (name) => echoModel(ECHOES[name] as Signature)), {
    port: 0,
    feedback: there.feedback,
    metrics: {
      record: ({ status }) => void answered.push(status),
      recordFeedback: (feedback) => void counted.push(feedback),
    },
  });
  // One connection: the first feedback hands it on from the short door to Node's server.
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  send = overHttp(server.url, agent);
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});

const ask = async (): Promise<string> =>
  (await send({ method: 'POST', path: FP32, body: QUESTION })).headers[RECEIPT_HEADER] as string;
const give = async (receipt: string, truth: unknown) => {
  const { status, body } = await send({ method: 'POST', path: FEEDBACK, body: JSON.stringify({ receipt, truth }) });
  return [status, JSON.parse(Buffer.from(body).toString())] as const;
};

test('a server counts feedback by the version that has answered, for itself and for whoever cares', async () => {
  const [first, second] = [await ask(), await ask()];
  await give(first, 'virginica');
  await give(first, 'virginica');
  const third = await ask();
  await give(second, 'setosa');
  await give(third, 2);
  const prediction = '["class",0,"setosa"]';
  const old = { origin: '"identity_fp32",1,"1"', prediction, at: Date.now(), nonce: 'old' };
  await give(signReceipt(there.keys, old), 'setosa');

  expect(counted.map(({ version, target, correct }) => [version, target, correct])).toEqual([
    [3, '3', true],
    [3, '3', false],
    [3, '3', true],
    [1, '1', true],
  ]);
  // Feedback is no inference request.
  expect(answered).toEqual([200, 200, 200]);
  const { body } = await send({ method: 'GET', path: '/metrics' });
  const lines = Buffer.from(body)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('onnward_feedback'));
  expect(lines).toEqual([
    'onnward_feedback_total{model="identity_fp32",version="3"} 3',
    'onnward_feedback_total{model="identity_fp32",version="1"} 1',
    'onnward_feedback_correct_total{model="identity_fp32",version="3"} 2',
    'onnward_feedback_correct_total{model="identity_fp32",version="1"} 1',
    'onnward_feedback_uncounted_total{model="identity_fp32",code="repeated"} 1',
  ]);
});

test.each([
  ['GET', 405],
  ['PUT', 405],
] as const)('%s is not how it is sent', async (method, status) => {
  expect((await send({ method, path: FEEDBACK })).status).toBe(status);
});

test('a body over a megabyte is not read', async () => {
  const { status } = await send({ method: 'POST', path: FEEDBACK, body: ' '.repeat(2 ** 20 + 1) });
  expect(status).toBe(413);
});

test('what the store cannot keep is to be sent again', async () => {
  const receipt = await ask();
  const full = vi.spyOn(there.store, 'put').mockRejectedValue(new Error('/srv/secret is full'));
  const failed = await give(receipt, 2);
  full.mockRestore();
  expect(failed).toEqual([503, { error: expect.stringMatching(/^feedback cannot be kept just now: Send it again/) }]);
  expect(await give(receipt, 2)).toEqual([200, { accepted: 1, repeated: 0, refused: [] }]);
});
