import { bakeVersion } from '#adapters/local/bake.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frame, HEADER, rawOf } from '../contracts/oip-client.ts';
import { type ClientRequest, type Gateway, httpApi, restApi } from '../functions/inference/gateways.ts';
import { newFolder } from '../support/folders.ts';
import { Container, EmulatedFunction } from './container.ts';
import { builtImage } from './engine.ts';
import { answer, echoStore, request } from './models.ts';

const MEMORY = 512;
const PIN = { ONNWARD_STORE: 'file:/store', ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '2' };
const json = { 'content-type': 'application/json' };
const path = '/v2/models/echo/infer';

/** The function as Lambda runs it, as far as the emulator does: its memory, no other user's rights, a read-only root. */
async function launch(env: Readonly<Record<string, string>>, image?: string): Promise<EmulatedFunction> {
  const { folder } = await echoStore();
  const container = await Container.launch(image ?? (await builtImage()), {
    env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY), AWS_LAMBDA_FUNCTION_TIMEOUT: '30', ...env },
    mounts: { '/store': folder },
    memory: MEMORY,
  });
  return new EmulatedFunction(container);
}

describe('the image behind the runtime interface emulator', () => {
  let lambda: EmulatedFunction;
  beforeAll(async () => {
    lambda = await launch(PIN);
  });
  afterAll(() => lambda.container.remove());

  const through = async (gateway: Gateway, request: ClientRequest) =>
    gateway.response(await lambda.invoke(gateway.event(request)));

  describe.each([httpApi, restApi])('through $name', (gateway) => {
    const post = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = json, to = path) =>
      through(gateway, { method: 'POST', path: to, headers, body });

    test('answers JSON', async () => {
      const { status, headers, body } = await post(JSON.stringify(request));
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
        model_name: 'echo',
        model_version: '2',
        ...answer,
      });
    });

    test('answers binary tensors with binary tensors', async () => {
      const raw = rawOf('FP32', Float32Array.of(1.5, -2));
      const input = { name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } };
      const framed = frame({ inputs: [input], parameters: { binary_data_output: true } }, raw);
      const { status, headers, body } = await post(framed.body as Uint8Array, framed.headers);
      expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
      expect(Buffer.from(body.subarray(Number(headers[HEADER])))).toEqual(Buffer.from(raw));
    });

    test.each([
      ['a body that is no JSON', 400, path, '{'],
      ['an input that the model has not', 400, path, '{"inputs":[]}'],
      ['another model', 404, '/v2/models/other/infer', JSON.stringify(request)],
      ['another version', 404, '/v2/models/echo/versions/1/infer', JSON.stringify(request)],
      ['no route', 404, '/v3', '{}'],
    ])("refuses %s in the protocol's shape", async (_, status, to, body) => {
      const response = await post(body, json, to);
      expect(response.status).toBe(status);
      expect(JSON.parse(Buffer.from(response.body).toString())).toEqual({ error: expect.any(String) });
    });

    test('tells of its model', async () => {
      const { status, body } = await through(gateway, { method: 'GET', path: '/v2/models/echo' });
      expect(status).toBe(200);
      expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ name: 'echo', versions: ['2'] });
    });
  });

  test('answers a plain payload, and refuses one, with a result', async () => {
    expect(await lambda.invoke(request)).toMatchObject(answer);
    expect(await lambda.invoke({ inputs: [] })).toEqual({ statusCode: 400, error: expect.any(String) });
  });

  test('runs as no user in particular, and can write nowhere but to /tmp', async () => {
    const { container } = lambda;
    expect(await container.exec('id', '-u')).toBe('65532');
    const tried = 'for f in /var/task /etc /tmp; do (: >"$f/x") 2>/dev/null && echo "$f"; done; true';
    expect(await container.exec('sh', '-c', tried)).toBe('/tmp');
  });
});

describe('a function', () => {
  test('without a version answers 503 and says why, and goes on', async () => {
    const { ONNWARD_VERSION: _, ...unpinned } = PIN;
    const lambda = await launch(unpinned);
    try {
      for (let attempt = 0; attempt < 2; attempt++) {
        const response = httpApi.response(
          await lambda.invoke(httpApi.event({ method: 'POST', path, headers: json, body: JSON.stringify(request) })),
        );
        expect([response.status, response.headers['retry-after']]).toEqual([503, expect.any(String)]);
        expect(Buffer.from(response.body).toString()).toContain('no version of echo is released');
      }
    } finally {
      await lambda.container.remove();
    }
  });

  test('serves the model that is baked into its image, with no store to reach', async () => {
    const { registry, store } = await echoStore();
    const baked = await bakeVersion(store, await registry.manifest('echo', 1), newFolder());
    const pin = { ...PIN, ONNWARD_STORE: 'file:/var/task/registry', ONNWARD_VERSION: '1' };
    const lambda = await launch(pin, await builtImage({ baked }));
    try {
      expect(await lambda.invoke(request)).toMatchObject({ model_version: '1', ...answer });
    } finally {
      await lambda.container.remove();
    }
  });
});
