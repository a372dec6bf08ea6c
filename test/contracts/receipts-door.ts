import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openFolder } from '#adapters/local/open-folder.ts';
import { ensureReceiptKey, ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { readReceipt } from '#core/monitoring/receipts.ts';
import { Feedback } from '#serving/feedback/feedback.ts';
import { feedbackStoreOf } from '#serving/feedback/records.ts';
import { RECEIPT_HEADER } from '#serving/host.ts';
import { newFolder } from '../support/folders.ts';
import { type DoorRequest, type DoorResponse, jsonRequest, type Send, split } from './oip-client.ts';
import { infer, ok, refused } from './oip-expectations.ts';
import { LABELS, VERSION } from './oip-host.ts';

/** Models of `contractHost` whose answers carry receipts; those of all others carry none. */
const WITH_RECEIPTS = ['identity_fp32', 'identity_int64', 'identity_bytes', 'identity_pair'] as const;

/** Feedback for those models, with a store of its own. */
export async function newFeedback() {
  const store = await openFolder(`file:${newFolder()}`);
  await ensureReceiptKey(store, randomBytes);
  const models = Object.fromEntries(WITH_RECEIPTS.map((name) => [name, {}]));
  const feedback = new Feedback({ store: feedbackStoreOf(store), models });
  await feedback.start();
  return { feedback, store, keys: (await ReceiptKeys.read(store)) as ReceiptKeys };
}

const SCORES = jsonRequest('FP32', [1, 3], '[0.1,0.2,0.7]');
const feedbackOf = (model: string): string => `/v2/models/${model}/feedback`;
const receiptOf = ({ headers }: DoorResponse): string | undefined => headers[RECEIPT_HEADER];

/** What every door does for models whose answers carry receipts. `open` is called once, for a door over `contractHost`. */
export function receiptsDoorContract(open: (feedback: Feedback) => Promise<Send>): void {
  let opened: ReturnType<typeof begin> | undefined;
  const begin = async () => {
    const { feedback, keys } = await newFeedback();
    return { send: await open(feedback), keys };
  };
  const post = async (path: string, body: string | Uint8Array, headers: DoorRequest['headers'] = {}) =>
    (await (opened ??= begin())).send({ method: 'POST', path, body, headers });
  const read = async (response: DoorResponse) =>
    readReceipt((await (opened ??= begin())).keys, receiptOf(response) as string);
  const give = async (model: string, body: unknown): Promise<{ status: number; json: Record<string, unknown> }> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { status, body: bytes } = await post(feedbackOf(model), text, { 'content-type': 'application/json' });
    return { status, json: JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> };
  };
  const newReceipt = async (): Promise<string> => receiptOf(await post(infer('identity_fp32'), SCORES)) as string;

  describe('an answer of one row carries a receipt', () => {
    test.each([
      ['identity_fp32', SCORES, ['class', 2, LABELS[2]]],
      ['identity_int64', jsonRequest('INT64', [1, 3], '[5,9,-1]'), ['class', 1, LABELS[1]]],
      ['identity_bytes', jsonRequest('BYTES', [1, 1], '["café"]'), ['class', null, 'café']],
    ])('of %s', async (model, body, prediction) => {
      const before = Date.now();
      const receipt = await read(await post(infer(model), body));
      expect(receipt).toMatchObject({ model, version: VERSION, target: String(VERSION), prediction });
      expect(receipt.at).toBeGreaterThanOrEqual(before);
      expect(receipt.at).toBeLessThanOrEqual(Date.now());
    });

    test('whatever way the version is named, and whatever is selected', async () => {
      const path = `/v2/models/identity_fp32/versions/${VERSION}/infer`;
      const binary = jsonRequest('FP32', [1, 3], '[3,2,1]', ',"parameters":{"binary_data_output":true}');
      expect((await read(await post(path, binary))).prediction).toEqual(['class', 0, LABELS[0]]);
      const packed = await post(path, gzipSync(SCORES), { 'content-encoding': 'gzip' });
      expect((await read(packed)).prediction).toEqual(['class', 2, LABELS[2]]);
      const pair =
        '{"inputs":[{"name":"a","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"b","shape":[1],"datatype":"INT64","data":[2]}],"outputs":[{"name":"a_out"}]}';
      expect((await read(await post(infer('identity_pair'), pair))).prediction).toEqual(['class', 2, null]);
    });

    test('on the route of SageMaker', async () => {
      const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': 'identity_fp32' };
      expect(await read(await post('/invocations', SCORES, headers))).toMatchObject({ model: 'identity_fp32' });
    });

    test('another one each', async () => {
      expect(new Set(await Promise.all([newReceipt(), newReceipt(), newReceipt()])).size).toBe(3);
    });

    test('in the JSON as well, where it is asked for', async () => {
      const response = await post(infer('identity_fp32'), SCORES.replace(/}$/, ',"parameters":{"receipt":true}}'));
      expect(ok(response).answer.parameters).toEqual({ receipt: receiptOf(response) });
      const nan = jsonRequest('FP32', [1, 2], '[1,null]', ',"parameters":{"receipt":true}');
      expect(ok(await post(infer('identity_fp32'), nan)).answer.parameters).toEqual({ nonfinite: 'null' });
      expect(ok(await post(infer('identity_fp32'), SCORES)).answer.parameters).toBeUndefined();
    });
  });

  describe('no receipt has', () => {
    test.each([
      ['an answer of two rows', 'identity_fp32', jsonRequest('FP32', [2, 2], '[1,2,3,4]')],
      ['an answer of no row', 'identity_fp32', jsonRequest('FP32', [0, 3], '[]')],
      [
        'a model that gives none',
        'identity_fp64',
        jsonRequest('FP64', [1, 1], '[1]', ',"parameters":{"receipt":true}'),
      ],
      ['a class that is none', 'identity_fp32', jsonRequest('FP32', [1, 2], '[null,1]')],
    ])('%s', async (_, model, body) => {
      const response = await post(infer(model), body);
      expect([response.status, receiptOf(response)]).toEqual([200, undefined]);
      expect(split(response).answer.parameters ?? {}).not.toHaveProperty('receipt');
    });

    test('a refusal', async () => {
      const response = await post(infer('identity_fp32'), jsonRequest('FP32', [1, 2], '[1]'));
      refused(response, 400, /./);
      expect(receiptOf(response)).toBeUndefined();
      const wrong = SCORES.replace(/}$/, ',"parameters":{"receipt":"yes"}}');
      refused(await post(infer('identity_fp32'), wrong), 400, /parameter "receipt" is a string/);
    });
  });

  describe('feedback', () => {
    const none = { accepted: 0, repeated: 0, refused: [] };

    test('is counted once', async () => {
      const piece = { receipt: await newReceipt(), truth: LABELS[2] };
      expect(await give('identity_fp32', piece)).toEqual({ status: 200, json: { ...none, accepted: 1 } });
      expect(await give('identity_fp32', piece)).toEqual({ status: 200, json: { ...none, repeated: 1 } });
      const other = { ...piece, truth: LABELS[0] };
      expect(await give('identity_fp32', other)).toEqual({ status: 200, json: { ...none, repeated: 1 } });
    });

    test('is taken in by the list, each piece for itself', async () => {
      const [one, two] = [await newReceipt(), await newReceipt()];
      const pieces = [
        { receipt: one, truth: 2 },
        { receipt: 'x', truth: 2 },
        { receipt: two, truth: 0 },
        { receipt: one, truth: 2 },
      ];
      const { status, json } = await give('identity_fp32', { feedback: [...pieces, { receipt: two }] });
      expect([status, json]).toEqual([
        200,
        {
          accepted: 2,
          repeated: 1,
          refused: [
            { index: 1, code: 'feedback.receipt_malformed', error: 'this is no receipt' },
            { index: 4, code: 'feedback.truth', error: '"truth" is missing' },
          ],
        },
      ]);
    });

    test('is refused where none of it is right, with what is wrong', async () => {
      const { status, json } = await give('identity_fp32', { receipt: await newReceipt(), truth: [] });
      expect([status, json['error'], json['refused']]).toEqual([
        400,
        expect.stringMatching(/^"truth" is of type object: Give/),
        [expect.objectContaining({ index: 0, code: 'feedback.truth' })],
      ]);
      const piece = { receipt: await newReceipt(), truth: 1 };
      expect((await give('identity_int64', piece)).json['refused']).toMatchObject([{ code: 'feedback.other_model' }]);
    });

    test.each([
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"feedback":7}',
      '{"feedback":[]}',
      `{"feedback":[${'0,'.repeat(1000)}0]}`,
    ])('is not %s', async (body) => refused(await post(feedbackOf('identity_fp32'), body), 400, /^the body .*: Send/));

    test('is not the receipt alone, nor nothing at all', async () => {
      for (const body of ['{}', '{"feedback":[null]}', '{"feedback":[7,[],"x"]}']) {
        const { status, json } = await give('identity_fp32', body);
        expect([status, (json['refused'] as { code: string }[])[0]?.code]).toEqual([400, 'feedback.body']);
      }
    });

    test('is for models that give receipts', async () => {
      refused(await post(feedbackOf('identity_fp64'), '{}'), 404, /carry no receipts: Set 'feedback: true'/);
      refused(await post(feedbackOf('nobody'), '{}'), 404, /./);
    });
  });
}
