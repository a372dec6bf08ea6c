import { describe, expect, test } from 'vitest';
import { type DoorResponse, frame, HEADER, jsonRequest, rawOf, type Send, split } from './oip-client.ts';
import { doorOf, MAX_BODY_BYTES, ok, refused } from './oip-expectations.ts';

const TYPE = 'application/vnd.sagemaker-triton.binary+json';
const TARGET = 'x-amzn-sagemaker-target-model';
const ATTRIBUTES = 'x-amzn-sagemaker-custom-attributes';
const INFERENCE_ID = 'x-amzn-sagemaker-inference-id';
const JSON_BODY = { [TARGET]: 'identity_fp32', 'content-type': 'application/json' };

const iris = jsonRequest('FP32', [1, 4], '[5.1,3.5,1.4,0.2]');
const numbers = Float32Array.of(1.5, -2, 0.25, 4);
const binaryInput = { name: 'x', shape: [2, 2], datatype: 'FP32', parameters: { binary_data_size: 16 } };

/** A body with raw tensors as SageMaker lets it through: the length of its JSON is in the type. */
function binary(json: object, raw: Uint8Array) {
  const { headers, body } = frame(json, raw);
  const size = headers?.[HEADER];
  return { body: body as Uint8Array, headers: { ...JSON_BODY, 'content-type': `${TYPE};json-header-size=${size}` } };
}

/** An answer whose JSON's length is in its type, as one whose length is in the protocol's own header. */
function unwrapped(response: DoorResponse): DoorResponse {
  const type = /^(.*);json-header-size=(\d+)$/.exec(response.headers['content-type'] as string);
  expect([type?.[1], response.headers[HEADER]]).toEqual([TYPE, undefined]);
  return { ...response, headers: { ...response.headers, [HEADER]: type?.[2] } };
}

/**
 * What every door does on SageMaker's routes, over the host of `contractHost` with the limit `MAX_BODY_BYTES`. The
 * answers themselves are the Open Inference Protocol's, and held to in its own contract.
 */
export function sagemakerDoorContract(open: () => Promise<Send>): void {
  const { send, post, get } = doorOf(open);
  const invoke = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
    post('/invocations', body, { ...JSON_BODY, ...headers });

  describe('SageMaker: the container', () => {
    test('says that it is ready, and nothing more', async () => {
      for (const method of ['GET', 'HEAD'] as const) {
        const { status, body } = await send({ method, path: '/ping' });
        expect([status, body.length]).toEqual([200, 0]);
      }
      refused(await post('/ping', ''), 405, /GET/);
      refused(await send({ method: 'GET', path: '/invocations' }), 405, /POST/);
    });

    test('says how a batch transform may send, within what the service allows', async () => {
      const parameters = await get('/execution-parameters');
      expect(parameters).toEqual({ MaxConcurrentTransforms: 100, BatchStrategy: 'SINGLE_RECORD', MaxPayloadInMB: 1 });
    });
  });

  describe('SageMaker: an invocation', () => {
    test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
      'in JSON, as %s',
      async (type) => {
        const { answer } = ok(await invoke(iris, { 'content-type': type }));
        expect(answer).toMatchObject({ model_name: 'identity_fp32', outputs: [{ data: [5.1, 3.5, 1.4, 0.2] }] });
      },
    );

    test.each(['identity_fp32', 'identity_fp32:3', 'identity_fp32@live'])('of the model %s', async (target) => {
      expect(ok(await invoke(iris, { [TARGET]: target })).answer.model_version).toBe('3');
    });

    test('with raw tensors, answered in JSON where nothing else is asked for', async () => {
      const { body, headers } = binary({ inputs: [binaryInput] }, rawOf('FP32', numbers));
      const response = await invoke(body, headers);
      expect(response.headers['content-type']).toMatch(/^application\/json/);
      expect(ok(response).answer.outputs).toMatchObject([{ shape: [2, 2], data: [...numbers] }]);
    });

    test('answered with raw tensors, by the request or by what the client accepts', async () => {
      const asks = { inputs: [binaryInput], parameters: { binary_data_output: true } };
      const asked = binary(asks, rawOf('FP32', numbers));
      const accepting = binary({ inputs: [binaryInput] }, rawOf('FP32', numbers));
      for (const response of [
        await invoke(asked.body, asked.headers),
        await invoke(accepting.body, { ...accepting.headers, accept: TYPE }),
        await invoke(accepting.body, { ...accepting.headers, accept: `${TYPE}, application/json;q=0.5` }),
      ]) {
        const { answer, raw } = ok(unwrapped(response));
        expect(answer.outputs).toMatchObject([{ parameters: { binary_data_size: 16 } }]);
        expect(raw).toEqual(rawOf('FP32', numbers));
      }
    });

    test('that says itself that it wants JSON gets it, whatever is accepted', async () => {
      const { body, headers } = binary(
        { inputs: [binaryInput], parameters: { binary_data_output: false } },
        rawOf('FP32', numbers),
      );
      for (const accept of [TYPE, 'text/csv', '*/*', `application/json, ${TYPE}`]) {
        expect(split(await invoke(body, { ...headers, accept })).answer.outputs[0]?.data).toEqual([...numbers]);
      }
    });

    test('of one raw tensor alone', async () => {
      const headers = { [TARGET]: 'fixed_shape', 'content-type': `${TYPE}; json-header-size=0` };
      const row = Float32Array.of(1, 2, 3, 4, 5, 6);
      const { raw } = ok(unwrapped(await invoke(rawOf('FP32', row), headers)));
      expect(raw).toEqual(rawOf('FP32', row));
    });
  });

  describe('SageMaker: what comes with an invocation', () => {
    test.each(['c000b4f9-df62-4c85-a0bf-7c525f9104a4', 'trace=1, user=a b', 'x'.repeat(1024)])(
      'attributes come back: %j',
      async (attributes) => {
        const headers = { [ATTRIBUTES]: attributes };
        expect((await invoke(iris, headers)).headers[ATTRIBUTES]).toBe(attributes);
        const bad = await invoke('{', headers);
        expect([bad.status, bad.headers[ATTRIBUTES]]).toEqual([400, attributes]);
      },
    );

    test.each(['x'.repeat(1025), 'two\tcolumns', 'é'])('attributes that are none do not', async (attributes) => {
      const { status, headers } = await invoke(iris, { [ATTRIBUTES]: attributes });
      expect([status, headers[ATTRIBUTES]]).toEqual([200, undefined]);
    });

    test('the inference id is the id of the request', async () => {
      const idOf = async (headers: Record<string, string>) => (await invoke(iris, headers)).headers['x-request-id'];
      expect(await idOf({ [INFERENCE_ID]: 'one-7', 'x-request-id': 'two' })).toBe('one-7');
      expect(await idOf({ [INFERENCE_ID]: 'a b', 'x-request-id': 'two' })).toBe('two');
      expect(await idOf({})).toMatch(/^[\x21-\x7e]+$/);
      const { headers } = await invoke('{', { [INFERENCE_ID]: 'one-8' });
      expect(headers['x-request-id']).toBe('one-8');
    });
  });

  describe('SageMaker: a refusal', () => {
    test.each(['text/csv', 'application/x-npy', 'application/octet-stream', 'application/jsonlines', 'json', ';'])(
      'of %s names what is accepted',
      async (type) => {
        refused(
          await invoke(iris, { 'content-type': type }),
          415,
          /expected application\/json, or application\/vnd\.sagemaker-triton\.binary\+json;json-header-size=N/,
        );
      },
    );

    test('of a request that could be for any model names them', async () => {
      const response = await post('/invocations', iris, { 'content-type': 'application/json' });
      refused(response, 400, /there are: .*identity_fp32, .*: Name one in X-Amzn-SageMaker-Target-Model/);
    });

    test.each([
      ['nope', 404],
      ['identity_fp32:9', 404],
      ['loading', 503],
      ['Not A Name', 400],
      ['identity_fp32:x', 400],
    ])('of the model %j', async (target, status) => {
      refused(await invoke(iris, { [TARGET]: target }), status, /./);
    });

    test.each(['', '-1', '1e1', '99999', 'x'])('of a JSON of %j bytes', async (size) => {
      const { body } = binary({ inputs: [binaryInput] }, rawOf('FP32', numbers));
      refused(await invoke(body, { 'content-type': `${TYPE};json-header-size=${size}` }), 400, /expected/);
    });

    test('of raw tensors without the size of the JSON', async () => {
      refused(await invoke(iris, { 'content-type': TYPE }), 400, /lacks json-header-size/);
    });

    test('of a body over the limit', async () => {
      refused(await invoke(Buffer.alloc(MAX_BODY_BYTES + 1, ' ')), 413, /1000000 bytes/);
    });
  });
}
