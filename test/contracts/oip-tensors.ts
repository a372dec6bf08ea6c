import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES, type Datatype } from '#core/model/datatypes.ts';
import { dataOf, jsonText, tensorOf } from './oip-arbitraries.ts';
import { frame, jsonRequest, rawOf } from './oip-client.ts';
import { FP32, infer, iris, ok, refused, type Door } from './oip-expectations.ts';

/** Tensors in JSON: nesting, every datatype, the signature, what is not finite. */
export function oipTensors({ send, post }: Door): void {
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
}
