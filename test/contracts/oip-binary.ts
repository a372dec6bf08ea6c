import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Datatype } from '#core/model/datatypes.ts';
import { frame, HEADER, jsonRequest, rawOf, split, type DoorResponse } from './oip-client.ts';
import { FP32, MAX_BODY_BYTES, infer, iris, ok, refused, type Door } from './oip-expectations.ts';

/** The binary tensor extension, and packed bodies. */
export function oipBinary({ send, post }: Door): void {
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
}
