import { gunzipSync, gzipSync, deflateSync, inflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES, type Datatype } from '#core/model/datatypes.ts';
import { dataOf, jsonText, tensorOf } from './oip-arbitraries.ts';
import {
  frame,
  HEADER,
  jsonRequest,
  rawOf,
  split,
  type DoorRequest,
  type DoorResponse,
  type Send,
} from './oip-client.ts';
import { LABELS, VERSION } from './oip-host.ts';

/** The limit that a door under this contract must be opened with. */
export const MAX_BODY_BYTES = 1_000_000;

const infer = (model: string): string => `/v2/models/${model}/infer`;
const FP32 = infer('identity_fp32');
const iris = jsonRequest('FP32', [1, 4], '[5.1,3.5,1.4,0.2]');
const errorOf = ({ body }: DoorResponse): string =>
  (JSON.parse(Buffer.from(body).toString()) as { error: string }).error;

/** What every door of the protocol does; the numbers are those of the protocol's conformance list. */
export function oipDoorContract(open: () => Promise<Send>): void {
  let door: Promise<Send> | undefined;
  const send: Send = async (request) => (await (door ??= open()))(request);
  const post = (path: string, body: string | Uint8Array, headers: DoorRequest['headers'] = {}): Promise<DoorResponse> =>
    send({ method: 'POST', path, body, headers });
  const get = async (path: string): Promise<unknown> => {
    const response = await send({ method: 'GET', path });
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    return JSON.parse(Buffer.from(response.body).toString());
  };
  const ok = (response: DoorResponse) => {
    expect(response.status, Buffer.from(response.body).toString()).toBe(200);
    return split(response);
  };
  const refused = (response: DoorResponse, status: number, message: RegExp): void => {
    expect([response.status, Object.keys(JSON.parse(Buffer.from(response.body).toString()) as object)]).toEqual([
      status,
      ['error'],
    ]);
    expect(errorOf(response)).toMatch(message);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
  };

  describe('1. routes', () => {
    test('the server says that it lives, is ready, and what it is', async () => {
      expect(await get('/v2/health/live')).toEqual({ live: true });
      expect(await get('/v2/health/ready')).toEqual({ live: true, ready: true });
      expect(await get('/v2')).toEqual({
        name: 'onnward',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        extensions: expect.arrayContaining(['binary_tensor_data', 'classification', 'statistics']) as string[],
      });
      expect(await get('/v2/')).toEqual(await get('/v2'));
    });

    test.each(['', `/versions/${VERSION}`, '/versions/live'])('a model answers at "%s"', async (version) => {
      const base = `/v2/models/identity_pair${version}`;
      const tensors = (a: string, b: string) => [
        { name: a, datatype: 'FP32', shape: [-1, 3] },
        { name: b, datatype: 'INT64', shape: [-1] },
      ];
      expect(await get(base)).toEqual({
        name: 'identity_pair',
        versions: ['3'],
        platform: 'onnx_onnxv1',
        inputs: tensors('a', 'b'),
        outputs: tensors('a_out', 'b_out'),
      });
      expect(await get(`${base}/ready`)).toEqual({ name: 'identity_pair', ready: true });
      expect(await get(`${base}/config`)).toMatchObject({
        name: 'identity_pair',
        max_batch_size: 0,
        input: [{ name: 'a', data_type: 'TYPE_FP32', dims: [-1, 3] }, {}],
      });
      const inputs = [
        { name: 'b', shape: [2], datatype: 'INT64', data: [7, 8] },
        { name: 'a', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] },
      ];
      const { answer } = ok(await post(`${base}/infer`, JSON.stringify({ inputs })));
      expect(answer).toEqual({
        model_name: 'identity_pair',
        model_version: '3',
        outputs: [
          { name: 'a_out', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] },
          { name: 'b_out', datatype: 'INT64', shape: [2], data: [7, 8] },
        ],
      });
    });

    test('statistics count what was asked', async () => {
      interface Stats {
        model_stats: { name: string; inference_count: number; inference_stats: Record<string, { count: number }> }[];
      }
      const path = '/v2/models/scalar/stats';
      const before = (await get(path)) as Stats;
      ok(await post(infer('scalar'), jsonRequest('FP32', [], '[1]')));
      const after = (await get(path)) as Stats;
      expect(after.model_stats).toMatchObject([{ name: 'scalar', version: '3' }]);
      const count = ({ model_stats: [stats] }: Stats): number[] =>
        ['success', 'compute_input', 'compute_output'].map((key) => stats?.inference_stats[key]?.count as number);
      expect(count(after)).toEqual(count(before).map((value) => value + 1));
      const all = (await get('/v2/models/stats')) as Stats;
      expect(all.model_stats.length).toBeGreaterThan(10);
    });

    test('the repository lists its models, ready ones alone on request, and loads none', async () => {
      const entry = { name: 'loading', version: '1', state: 'LOADING', reason: 'it is being loaded' };
      for (const path of ['/v2/repository/index', '/v2/repository/local/index']) {
        const all = await post(path, '');
        expect(JSON.parse(Buffer.from(all.body).toString())).toContainEqual(entry);
        const ready = JSON.parse(Buffer.from((await post(path, '{"ready":true}')).body).toString()) as object[];
        expect(ready).toContainEqual({ name: 'scalar', version: '3', state: 'READY', reason: '' });
        expect(ready).not.toContainEqual(entry);
      }
      refused(await post('/v2/repository/index', '[1]'), 400, /JSON object/);
      refused(await post('/v2/repository/index', '{"ready":1}'), 400, /true or false/);
      for (const verb of ['load', 'unload']) {
        refused(await post(`/v2/repository/models/scalar/${verb}`, ''), 400, /release/);
      }
      const { models } = (await get('/v2/models')) as { models: string[] };
      expect(models).toContain('identity_bytes');
    });

    test('names are percent-decoded', async () => {
      expect(await get('/v2/models/identity%5Ffp32/ready')).toEqual({ name: 'identity_fp32', ready: true });
      ok(await post('/v2/models/identity%5Ffp32/versions/%33/infer', iris));
    });

    test('what is not there is 404, what is not ready 503, a wrong verb 405', async () => {
      for (const path of [
        '/v2/models/nope',
        '/v2/models/scalar/versions/4',
        '/v2/nope',
        '/nope',
        '/v2/models/scalar/nope',
      ]) {
        refused(await send({ method: 'GET', path }), 404, /./);
      }
      refused(await post(infer('nope'), iris), 404, /no such model/);
      refused(await post('/v2/models/identity_fp32/versions/9/infer', iris), 404, /live is 3/);
      const loading = await post(infer('loading'), iris);
      refused(loading, 503, /being loaded/);
      expect(Number(loading.headers['retry-after'])).toBeGreaterThan(0);
      refused(await send({ method: 'GET', path: '/v2/models/loading/ready' }), 503, /being loaded/);
      const wrong = await send({ method: 'GET', path: FP32 });
      refused(wrong, 405, /POST/);
      expect(wrong.headers.allow).toBe('POST');
      const put = await send({ method: 'PUT', path: '/v2/health/live', body: '' });
      expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD']);
    });

    test('HEAD is GET without the body', async () => {
      const { status, body } = await send({ method: 'HEAD', path: '/v2/health/ready' });
      expect([status, body.length]).toEqual([200, 0]);
    });
  });

  describe('2. ids', () => {
    test.each(['"a"', '"ünï \\"quoted\\" \\u00e9\\n"', '""'])('id %s is echoed', async (id) => {
      const { answer } = ok(await post(FP32, iris.replace('{', `{"id":${id},`)));
      expect(answer.id).toBe(JSON.parse(id));
    });

    test('without an id there is none', async () => {
      expect(ok(await post(FP32, iris)).answer).not.toHaveProperty('id');
      refused(await post(FP32, iris.replace('{', '{"id":7,')), 400, /"id" is a number/);
    });

    test('every answer has a request id: the own one where it is sane', async () => {
      const own = await post(FP32, iris, { 'x-request-id': 'trace-1/2' });
      expect(own.headers['x-request-id']).toBe('trace-1/2');
      const refusal = await post(FP32, '{', { 'x-request-id': 'trace-3' });
      expect(refusal.headers['x-request-id']).toBe('trace-3');
      const paths = ['/v2', '/nope', '/v2/health/live'];
      const ids = await Promise.all(
        paths.map(async (path) => (await send({ method: 'GET', path })).headers['x-request-id']),
      );
      const odd = await Promise.all(
        ['x'.repeat(129), 'a b', 'é'].map(
          async (id) => (await post(FP32, iris, { 'x-request-id': id })).headers['x-request-id'],
        ),
      );
      const made = [...ids, ...odd] as string[];
      expect(new Set(made).size).toBe(made.length);
      for (const id of made) expect(id).toMatch(/^[\x21-\x7e]{1,128}$/);
    });
  });

  describe('3. flat and nested data', () => {
    const flat = '[1,2,3,4,5,6]';
    test.each([flat, '[[1,2,3],[4,5,6]]', ' [ [ 1 ,\t2,\r\n3 ] , [4,5,6] ] ', '[[1,2,3,4,5,6]]'.slice(1, -1)])(
      '%s is the same tensor',
      async (data) => {
        const { answer } = ok(await post(FP32, jsonRequest('FP32', [2, 3], data)));
        expect(answer.outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }]);
      },
    );

    test.each([
      ['[[1,2],[3,4],[5,6]]', /arrays of 2 elements at level 2.*\[2, 3\]/],
      ['[[1,2],[3,4,5,6]]', /side by side/],
      ['[[1,2,3],4,5,6]', /JSON/],
      ['[1,2,3,[4,5,6]]', /element 3 is an array/],
      ['[[[1,2,3],[4,5,6]]]', /nested deeper/],
      ['[1,2,3,4,5]', /shape \[2, 3\] has 6 elements, data has 5/],
      ['[1,2,3,4,5,6,7]', /has 6 elements, data has 7/],
      ['[]', /has 6 elements, data has 0/],
      ['5', /data is a number, expected an array/],
      ['null', /data is null/],
    ])('%s does not agree with [2, 3]', async (data, message) => {
      refused(await post(FP32, jsonRequest('FP32', [2, 3], data)), 400, message);
    });

    test('members may come in any order', async () => {
      const body =
        '{"inputs":[{"data":[[1,2],[3,4]],"x":{"data":[1e9]},"datatype":"FP32","shape":[2,2],"name":"x"}],"id":"z"}';
      const { answer } = ok(await post(FP32, body));
      expect(answer.outputs[0]?.data).toEqual([1, 2, 3, 4]);
      expect(answer.id).toBe('z');
    });

    test('a member that counts may come once', async () => {
      refused(await post(FP32, iris.replace('"shape"', '"data":[1],"shape"')), 400, /"data" is given twice/);
      refused(await post(FP32, iris.replace('{', '{"inputs":[],')), 400, /"inputs" is given twice/);
    });
  });

  describe('4. every datatype', () => {
    test.each(DATATYPE_NAMES)('%s goes through as JSON, flat and nested', async (datatype) => {
      const property = fc.asyncProperty(tensorOf(datatype), async ({ shape, data }) => {
        const path = infer(`identity_${datatype.toLowerCase()}`);
        const { answer, text } = ok(await post(path, jsonRequest(datatype, shape, jsonText(datatype, data))));
        expect(answer.outputs[0]?.shape).toEqual(shape);
        expect(dataOf(datatype, text)).toEqual(data);
      });
      await fc.assert(property, { numRuns: 60 });
    });

    test.each(DATATYPE_NAMES)('%s goes through in binary, bit for bit', async (datatype) => {
      const property = fc.asyncProperty(tensorOf(datatype, 'any bits'), fc.nat(8), async ({ shape, data }, pad) => {
        const raw = rawOf(datatype, data);
        const inputs = [{ name: 'x', datatype, shape, parameters: { binary_data_size: raw.length } }];
        // The padding puts the tensor at every offset that memory may have.
        const parameters = { binary_data_output: true, padding: 'x'.repeat(pad) };
        const request = frame({ inputs, parameters }, raw);
        const response = await send({ method: 'POST', path: infer(`identity_${datatype.toLowerCase()}`), ...request });
        const back = ok(response);
        expect(back.raw.equals(raw)).toBe(true);
        expect(back.answer.outputs).toEqual([
          { name: 'y', datatype, shape, parameters: { binary_data_size: raw.length } },
        ]);
        expect(response.headers['content-type']).toBe('application/octet-stream');
      });
      await fc.assert(property, { numRuns: 60 });
    });

    test('64-bit integers beyond 2^53 keep every digit', async () => {
      const int64 = '[9223372036854775807,-9223372036854775808,9007199254740993,-9007199254740993]';
      expect(ok(await post(infer('identity_int64'), jsonRequest('INT64', [1, 4], int64))).text).toContain(int64);
      const uint64 = '[18446744073709551615,0]';
      expect(ok(await post(infer('identity_uint64'), jsonRequest('UINT64', [2, 1], uint64))).text).toContain(uint64);
    });

    test.each(DATATYPE_NAMES)('%s may be empty', async (datatype) => {
      const path = infer(`identity_${datatype.toLowerCase()}`);
      for (const [shape, data] of [
        [[0, 3], '[]'],
        [[2, 0], '[[],[]]'],
      ] as const) {
        const { answer } = ok(await post(path, jsonRequest(datatype, shape, data)));
        expect(answer.outputs).toEqual([{ name: 'y', datatype, shape, data: [] }]);
      }
    });

    test('an integer is one by its value, a truth by its meaning', async () => {
      const { answer } = ok(
        await post(
          infer('identity_int32'),
          jsonRequest('INT32', [1, 4], '[1.0,1e3,-0,25e-1e0]'.replace('25e-1e0', '2.50e1')),
        ),
      );
      expect(answer.outputs[0]?.data).toEqual([1, 1000, 0, 25]);
      const truths = ok(
        await post(infer('identity_bool'), jsonRequest('BOOL', [2, 3], '[true,false,1,0,"true","false"]')),
      );
      expect(truths.answer.outputs[0]?.data).toEqual([true, false, true, false, true, false]);
    });

    test.each<[Datatype, string, RegExp]>([
      ['UINT8', '256', /"x": element 1 is 256, UINT8 takes whole numbers from 0 to 255/],
      ['UINT8', '-1', /-1.*0 to 255/],
      ['INT8', '1.5', /1\.5.*-128 to 127/],
      ['INT32', '2147483648', /2147483648/],
      ['INT64', '9223372036854775808', /to 9223372036854775807/],
      ['UINT64', '18446744073709551616', /18446744073709551616/],
      ['INT64', '1e400', /1e400/],
      ['INT16', '"7"', /a string/],
      ['INT16', 'null', /null/],
      ['INT16', 'true', /true/],
      ['FP64', '1e400', /1e400, beyond what FP64 holds/],
      ['FP32', '1e39', /1e39, beyond what FP32 holds/],
      ['FP32', '-3.5e38', /-3.5e38/],
      ['FP16', '65520', /65520, beyond what FP16 holds/],
      ['FP32', '"1"', /a string/],
      ['FP32', 'true', /true/],
      ['FP32', '{}', /an object/],
      ['BOOL', '2', /BOOL takes/],
      ['BOOL', '"yes"', /BOOL takes/],
      ['BOOL', '"1"', /BOOL takes/],
      ['BOOL', 'null', /BOOL takes/],
      ['BYTES', '7', /a number, BYTES takes strings/],
      ['BYTES', '"a\\u0000b"', /NUL/],
      ['BYTES', '"\\ud800"', /surrogate/],
    ])('%s does not take %s', async (datatype, value, message) => {
      const fine = { BOOL: 'true', BYTES: '"a"' }[datatype as string] ?? '1';
      const body = jsonRequest(datatype, [1, 2], `[${fine},${value}]`);
      refused(await post(infer(`identity_${datatype.toLowerCase()}`), body), 400, message);
    });
  });

  describe('inputs against the signature', () => {
    test.each([
      [iris.replace('"x"', '"z"'), /unknown input "z", expected "x"/],
      [iris.replace('FP32', 'FP64'), /unexpected datatype FP64 for input "x", expected FP32/],
      [jsonRequest('FP32', [4], '[1,2,3,4]'), /unexpected shape \[4\] for input "x", expected \[-1, -1\]/],
      [jsonRequest('FP32', [1e9, 1e9], '[1,2,3,4]'), /has 1000000000000000000 elements, data has 4/],
      [iris.replace('[1,4]', '[1,-4]'), /"shape"/],
      [iris.replace('[1,4]', '[1.5,4]'), /"shape"/],
      [iris.replace('[1,4]', '"1,4"'), /"shape" is a string/],
      ['{"inputs":[]}', /input "x" is missing, expected FP32/],
      ['{}', /input "x" is missing/],
      ['{"inputs":{}}', /JSON/],
      [iris.replace('"data":[5.1,3.5,1.4,0.2]', '"parameters":{}'), /has neither "data"/],
      [iris.replace('"name":"x",', ''), /no "name"/],
      [iris.replace('"datatype":"FP32",', ''), /no "datatype"/],
      [iris.replace('"shape":[1,4],', ''), /no "shape"/],
      [iris.replace(/\[(\{.*\})\]/, '[$1,$1]'), /"x" is given twice/],
    ])('%s', async (body, message) => {
      refused(await post(FP32, body), 400, message);
    });

    test('a fixed shape must be met, a scalar has none', async () => {
      refused(await post(infer('fixed_shape'), jsonRequest('FP32', [3, 2], '[1,2,3,4,5,6]')), 400, /expected \[2, 3\]/);
      expect(ok(await post(infer('scalar'), jsonRequest('FP32', [], '[7]'))).answer.outputs[0]).toMatchObject({
        shape: [],
        data: [7],
      });
    });

    test('unknown members and parameters are nobody’s business', async () => {
      const rest = ',"parameters":{"a":{"b":[1]},"c":null,"priority":3},"x":[[{"y":null}],"\\n",-0.5e-3]';
      ok(await post(FP32, iris.replace(/\}$/, `${rest}}`)));
    });
  });

  describe('5. JSON and binary inputs together', () => {
    const a = Float32Array.of(1, 2, 3);
    const b = BigInt64Array.of(2n ** 60n, -1n);
    const rawA = { name: 'a', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } };
    const rawB = { name: 'b', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } };
    const jsonB = { name: 'b', datatype: 'INT64', shape: [2], data: [4, 5] };
    const path = infer('identity_pair');

    test('a mix, and raw bytes in the order of the request', async () => {
      const mixed = ok(await send({ method: 'POST', path, ...frame({ inputs: [rawA, jsonB] }, rawOf('FP32', a)) }));
      expect(mixed.answer.outputs.map(({ data }) => data)).toEqual([
        [1, 2, 3],
        [4, 5],
      ]);
      const turned = frame({ inputs: [rawB, rawA] }, rawOf('INT64', b), rawOf('FP32', a));
      const { text } = ok(await send({ method: 'POST', path, ...turned }));
      expect(text).toContain('"data":[1,2,3]');
      expect(text).toContain(`"data":[${2n ** 60n},-1]`);
    });

    test.each([
      [frame({ inputs: [rawA, jsonB] }, Buffer.alloc(11)), /"a".*12.*11 are left/],
      [frame({ inputs: [rawA, jsonB] }, Buffer.alloc(13)), /account for 12 bytes.*13 came/],
      [frame({ inputs: [{ ...rawA, shape: [2, 3] }, jsonB] }, Buffer.alloc(12)), /12 bytes.*\[2, 3\] needs 24/],
      [frame({ inputs: [{ ...rawA, data: [1, 2, 3] }, jsonB] }, Buffer.alloc(12)), /has both/],
      [frame({ inputs: [{ ...rawA, parameters: { binary_data_size: -1 } }, jsonB] }), /binary_data_size.*-1/],
      [frame({ inputs: [{ ...rawA, parameters: { binary_data_size: '12' } }, jsonB] }), /a string/],
      [{ body: frame({ inputs: [rawA, jsonB] }).body }, /no header/],
    ])('sizes must agree: %#', async (request, message) => {
      refused(await send({ method: 'POST', path, ...request }), 400, message);
    });

    test('raw truths are 0 or 1, raw texts are UTF-8 without NUL and end within their tensor', async () => {
      const raw = (datatype: Datatype, shape: number[], bytes: Uint8Array): Promise<DoorResponse> => {
        const inputs = [{ name: 'x', datatype, shape, parameters: { binary_data_size: bytes.length } }];
        return send({ method: 'POST', path: infer(`identity_${datatype.toLowerCase()}`), ...frame({ inputs }, bytes) });
      };
      refused(await raw('BOOL', [1, 3], Buffer.of(0, 1, 2)), 400, /element 2 is 2/);
      refused(await raw('BYTES', [1, 1], Buffer.of(1, 0, 0, 0, 0xff)), 400, /element 0 is not UTF-8/);
      refused(await raw('BYTES', [1, 1], Buffer.of(1, 0, 0, 0, 0)), 400, /NUL/);
      refused(await raw('BYTES', [1, 1], Buffer.of(2, 0, 0, 0, 65)), 400, /beyond/);
      refused(await raw('BYTES', [1, 1], Buffer.of(255, 255, 255, 255)), 400, /beyond/);
      refused(await raw('BYTES', [1, 1], Buffer.of(1, 0)), 400, /beyond/);
      refused(await raw('BYTES', [1, 2], Buffer.of(1, 0, 0, 0, 65)), 400, /has 2 elements, the bytes hold 1/);
    });
  });

  describe('6. binary outputs', () => {
    const inputs = [
      { name: 'a', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] },
      { name: 'b', datatype: 'INT64', shape: [1], data: [9] },
    ];

    test('binary_data_output is the default, binary_data of an output wins', async () => {
      const outputs = [{ name: 'b_out', parameters: { binary_data: false } }, { name: 'a_out' }];
      const body = JSON.stringify({ inputs, outputs, parameters: { binary_data_output: true } });
      const { answer, raw } = ok(await post(infer('identity_pair'), body));
      expect(answer.outputs).toEqual([
        { name: 'b_out', datatype: 'INT64', shape: [1], data: [9] },
        { name: 'a_out', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } },
      ]);
      expect(raw.equals(rawOf('FP32', Float32Array.of(1, 2, 3)))).toBe(true);
    });

    test('no binary output, no header', async () => {
      const response = await post(infer('identity_pair'), JSON.stringify({ inputs, outputs: [{ name: 'a_out' }] }));
      expect(ok(response).answer.outputs.map(({ name }) => name)).toEqual(['a_out']);
      expect(response.headers[HEADER]).toBeUndefined();
    });

    test('the flags are truths', async () => {
      const parameters = { binary_data_output: 'yes' };
      refused(await post(infer('identity_pair'), JSON.stringify({ inputs, parameters })), 400, /binary_data_output/);
      const outputs = [{ name: 'a_out', parameters: { binary_data: 1 } }];
      refused(await post(infer('identity_pair'), JSON.stringify({ inputs, outputs })), 400, /binary_data/);
    });
  });

  describe('7. a raw body', () => {
    const raw = (model: string, body: Uint8Array): Promise<DoorResponse> => post(infer(model), body, { [HEADER]: '0' });

    test('is the one input, and the answer is binary', async () => {
      const bytes = rawOf('FP32', Float32Array.of(1, 2, 3, 4, 5, 6));
      for (const [model, shape] of [
        ['fixed_shape', [2, 3]],
        ['identity_fp32', [1, 6]],
      ] as const) {
        const back = ok(await raw(model, bytes));
        expect(back.answer.outputs).toMatchObject([{ shape, parameters: { binary_data_size: 24 } }]);
        expect(back.raw.equals(bytes)).toBe(true);
      }
    });

    test('of BYTES is the element itself', async () => {
      const back = ok(await raw('identity_bytes', Buffer.from('grüße')));
      expect(back.raw.equals(rawOf('BYTES', ['grüße']))).toBe(true);
      refused(await raw('identity_bytes', Buffer.of(0xc3)), 400, /UTF-8/);
    });

    test('must determine the shape', async () => {
      refused(await raw('fixed_shape', Buffer.alloc(20)), 400, /20 bytes.*24/);
      refused(await raw('identity_fp32', Buffer.alloc(7)), 400, /7 bytes/);
      refused(await raw('identity_pair', Buffer.alloc(12)), 400, /one input/);
    });
  });

  describe('8. the length of the JSON', () => {
    test.each(['-1', 'abc', '1.5', '99999', '', '1e2', '0x10', '9'.repeat(20), '+5'])(
      '"%s" is refused',
      async (length) => {
        refused(await post(FP32, iris, { [HEADER]: length }), 400, /inference-header-content-length/);
      },
    );

    test('all of the body is right, part of it is not JSON', async () => {
      ok(await post(FP32, iris, { [HEADER]: String(iris.length) }));
      refused(await post(FP32, iris, { [HEADER]: String(iris.length - 1) }), 400, /JSON/);
      refused(await post(FP32, `${iris}x`, { [HEADER]: String(iris.length) }), 400, /account for 0 bytes.*1 came/);
    });
  });

  describe('9. compression', () => {
    test.each([
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ])('a %s request', async (encoding, pack) => {
      const headers = { 'content-encoding': encoding };
      expect(ok(await post(FP32, pack(iris), headers)).answer.outputs[0]?.data).toEqual([5.1, 3.5, 1.4, 0.2]);
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], parameters: { binary_data_size: 4 } }];
      const binary = frame({ inputs }, rawOf('FP32', Float32Array.of(8)));
      ok(await post(FP32, pack(binary.body as Uint8Array), { ...headers, ...binary.headers }));
      refused(await post(FP32, iris, headers), 400, /not valid/);
      refused(await post(FP32, pack(iris).subarray(0, -6), headers), 400, /not valid/);
      refused(await post(FP32, pack(Buffer.alloc(MAX_BODY_BYTES * 20)), headers), 413, /limit/);
    });

    test('an encoding that nobody knows is 415', async () => {
      refused(await post(FP32, iris, { 'content-encoding': 'br' }), 415, /gzip or deflate/);
      ok(await post(FP32, iris, { 'content-encoding': 'identity' }));
    });

    const long = jsonRequest('FP32', [1, 2000], `[${'0.25,'.repeat(1999)}0.5]`);
    test.each([
      ['gzip', 'gzip', gunzipSync],
      ['deflate', 'deflate', inflateSync],
      ['deflate, gzip', 'gzip', gunzipSync],
      ['gzip;q=0.5, deflate;q=0.8', 'deflate', inflateSync],
      ['br, *;q=0.1', 'gzip', gunzipSync],
    ])('accept-encoding "%s" gives %s', async (accepted, encoding, unpack) => {
      const response = await post(FP32, long, { 'accept-encoding': accepted });
      expect([response.status, response.headers['content-encoding']]).toEqual([200, encoding]);
      expect(response.headers.vary).toMatch(/accept-encoding/i);
      const { answer } = split({ ...response, body: unpack(response.body) });
      expect(answer.outputs[0]?.data).toHaveLength(2000);
      const small = await post(FP32, iris, { 'accept-encoding': accepted });
      expect(small.headers['content-encoding']).toBeUndefined();
    });

    test.each(['identity', 'gzip;q=0', 'br', '*;q=0', 'identity, gzip;q=0.5'])(
      '"%s" gives it plain',
      async (accepted) => {
        const response = await post(FP32, long, { 'accept-encoding': accepted });
        expect(response.headers['content-encoding']).toBeUndefined();
        expect(ok(response).answer.outputs[0]?.data).toHaveLength(2000);
      },
    );
  });

  describe('10. classification', () => {
    const body = (data: string, rest: string): string => jsonRequest('FP32', [2, 3], data, `,"outputs":[${rest}]`);
    const top = (k: unknown, more = ''): string => `{"name":"y","parameters":{"classification":${String(k)}${more}}}`;

    test('the largest k of each row, with value, index and label', async () => {
      const { answer } = ok(await post(FP32, body('[0.1,0.7,0.2,5,-1,5]', top(2))));
      expect(answer.outputs).toEqual([
        {
          name: 'y',
          datatype: 'BYTES',
          shape: [2, 2],
          data: [`0.7:1:${LABELS[1]}`, `0.2:2:${LABELS[2]}`, `5:0:${LABELS[0]}`, `5:2:${LABELS[2]}`],
        },
      ]);
    });

    test('no more than there are, NaN last, in binary on request', async () => {
      const { answer, raw } = ok(await post(FP32, body('[null,1,2,3,4,5]', top(9, ',"binary_data":true'))));
      expect(answer.outputs).toMatchObject([{ datatype: 'BYTES', shape: [2, 3] }]);
      const names = ['2:2', '1:1', 'null:0', '5:2', '4:1', '3:0'].map(
        (text) => `${text}:${LABELS[Number(text.split(':')[1])]}`,
      );
      expect(raw.equals(rawOf('BYTES', names))).toBe(true);
    });

    test('integers keep every digit, and unlabelled ones have no name', async () => {
      const data = '[9007199254740993,9007199254740992,1,2]';
      const wide = jsonRequest('INT64', [1, 4], data, `,"outputs":[${top(4)}]`);
      const { answer } = ok(await post(infer('identity_int64'), wide));
      expect(answer.outputs[0]?.data).toEqual([
        '9007199254740993:0:setosa',
        '9007199254740992:1:versicolor',
        '2:3',
        '1:2:virginica',
      ]);
    });

    test.each(['0', '-1', '1.5', '"3"', 'true'])('classification %s is refused', async (k) => {
      refused(await post(FP32, body('[1,2,3,4,5,6]', top(k))), 400, /classification/);
    });

    test('texts cannot be ranked', async () => {
      const texts = jsonRequest('BYTES', [1, 1], '["a"]', `,"outputs":[${top(1)}]`);
      refused(await post(infer('identity_bytes'), texts), 400, /needs numbers/);
    });
  });

  describe('11. requested outputs', () => {
    test.each([
      ['[{"name":"z"}]', /unknown output "z", expected "y"/],
      ['[{"name":"y"},{"name":"y"}]', /twice/],
      ['[{}]', /no "name"/],
      ['[{"name":1}]', /"name" is a number/],
      ['["y"]', /JSON/],
    ])('%s is refused', async (outputs, message) => {
      refused(await post(FP32, iris.replace(/\}$/, `,"outputs":${outputs}}`)), 400, message);
    });

    test('an empty list is all of them', async () => {
      expect(ok(await post(FP32, iris.replace(/\}$/, ',"outputs":[]}'))).answer.outputs).toHaveLength(1);
    });
  });

  describe('12. what is not finite', () => {
    test('null is NaN on the way in, and NaN and infinities are null on the way out, and said so', async () => {
      for (const datatype of ['FP16', 'FP32', 'FP64'] as const) {
        const path = infer(`identity_${datatype.toLowerCase()}`);
        const json = ok(await post(path, jsonRequest(datatype, [1, 3], '[1,null,2]')));
        expect(json.answer.outputs[0]?.data).toEqual([1, null, 2]);
        expect(json.answer.parameters).toEqual({ nonfinite: 'null' });
        const finite = ok(await post(path, jsonRequest(datatype, [1, 1], '[1]')));
        expect(finite.answer).not.toHaveProperty('parameters');
      }
      const bytes = rawOf('FP64', Float64Array.of(NaN, Infinity, -Infinity, -0));
      const inputs = [{ name: 'x', datatype: 'FP64', shape: [1, 4], parameters: { binary_data_size: 32 } }];
      const path = infer('identity_fp64');
      const { answer } = ok(await send({ method: 'POST', path, ...frame({ inputs }, bytes) }));
      expect(answer.outputs[0]?.data?.slice(0, 3)).toEqual([null, null, null]);
      const parameters = { binary_data_output: true };
      const exact = ok(await send({ method: 'POST', path, ...frame({ inputs, parameters }, bytes) }));
      expect(exact.raw.equals(bytes)).toBe(true);
      expect(exact.answer).not.toHaveProperty('parameters');
    });

    test.each([
      'NaN',
      'Infinity',
      '-Infinity',
      'nan',
      '+1',
      '.5',
      '1.',
      '01',
      '-',
      '1e',
      '1e+',
      '0x1',
      '1_0',
      '--1',
      '00',
      '-01',
    ])('%s is not JSON', async (token) => {
      refused(await post(FP32, jsonRequest('FP32', [1, 2], `[1,${token}]`)), 400, /JSON/);
      refused(await post(infer('identity_int32'), jsonRequest('INT32', [1, 2], `[1,${token}]`)), 400, /JSON|INT32/);
      refused(await post(FP32, iris.replace('{', `{"x":${token},`)), 400, /JSON/);
    });
  });

  describe('limits', () => {
    test('a body over the limit is 413', async () => {
      refused(await post(FP32, ' '.repeat(MAX_BODY_BYTES + 1)), 413, /the limit is 1000000 bytes/);
      ok(await post(FP32, iris + ' '.repeat(MAX_BODY_BYTES - iris.length)));
    });

    test('a timeout is a whole number of microseconds', async () => {
      ok(await post(FP32, iris.replace(/\}$/, ',"parameters":{"timeout":5000000}}')));
      refused(await post(FP32, iris.replace(/\}$/, ',"parameters":{"timeout":"soon"}}')), 400, /timeout/);
    });
  });
}
