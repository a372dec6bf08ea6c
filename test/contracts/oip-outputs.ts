import { describe, expect, test } from 'vitest';
import { jsonRequest, rawOf } from './oip-client.ts';
import { FP32, infer, iris, ok, refused, type Door } from './oip-expectations.ts';
import { LABELS } from './oip-host.ts';

/** What a request may ask of its outputs. */
export function oipOutputs({ post }: Door): void {
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
}
