import { afterEach, expect, test, vi } from 'vitest';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { putBaseline } from '../../serving/explain/baselines.ts';
import { ServeProcess } from './container.ts';
import { httpApi } from './gateways.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

afterEach(() => void vi.unstubAllEnvs());

/** A model that gives what it gets, with a baseline in its store. */
async function echo() {
  const { registry, store } = await newRegistry();
  const input = { name: 'x', datatype: 'FP32', shape: [-1, -1] } as const;
  const profile = await putBaseline(store, 'echo', input, ['age', 'income'], [[1, 5]]);
  await registerFixture(registry, 'echo', 'identity_fp32', { baseline: { profile } } as object);
  await registry.setAlias('echo', 'live', 1);
  return store;
}

const body = JSON.stringify({ instances: [{ income: 7, age: 4 }], parameters: { outputs: [1] } });
const EXPLAINED = {
  model_name: 'echo',
  model_version: '1',
  explanations: [
    {
      method: 'exact',
      background: { rows: 100, source: 'baseline' },
      outputs: [
        {
          prediction: 7,
          base: 5,
          contributions: [
            { feature: 'age', value: 4, contribution: 0 },
            { feature: 'income', value: 7, contribution: 2 },
          ],
        },
      ],
    },
  ],
};

test('the function explains against the baseline of its version', async () => {
  const store = await echo();
  const env = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '1', AWS_REGION: 'eu-west-1' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = (await import('../../../functions/inference/handler.ts')) as { handler: Handler };
  const event = httpApi.event({ method: 'POST', path: '/v2/models/echo/explain', body });
  const answer = httpApi.response(
    await handler(event, { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 }),
  );
  expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject(EXPLAINED);
  expect(answer.status).toBe(200);
});

// It is packaged with the libraries of Linux.
test.skipIf(process.platform !== 'linux')('so does the container', async () => {
  const store = await echo();
  const serve = await ServeProcess.start({ ONNWARD_STORE: store.url });
  expect(await serve.ping()).toBe(200);
  const answer = await fetch(`${serve.url}/v1/models/echo:explain`, { method: 'POST', body });
  expect(await answer.json()).toMatchObject(EXPLAINED);
});
