import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { feedbackKey, feedbackRecord, judge, type Truth } from '#core/monitoring/feedback.ts';
import { ensureReceiptKey, ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { signReceipt } from '#core/monitoring/receipts.ts';
import { intoStore, sendTruths, throughServer } from '../../bin/cli/feedback-send.ts';
import { readTruths } from '../../bin/cli/feedback-truths.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { inProcess, testFolder } from './cli.ts';

const DAY = 86_400_000;

let place: Awaited<ReturnType<typeof newRegistry>>;
let keys: ReceiptKeys;

beforeEach(async () => {
  place = await newRegistry();
  await registerFixture(place.registry, 'iris', 'identity_fp32', { labels: { y: ['a', 'b'] } });
  await ensureReceiptKey(place.store, randomBytes);
  keys = (await ReceiptKeys.read(place.store)) as ReceiptKeys;
});

const run = (...args: string[]) => inProcess(['feedback', ...args, '--store', place.store.url]);

let nonce = 0;
const receipt = (): string =>
  signReceipt(keys, { origin: '"iris",1,"1"', prediction: '["class",1,"b"]', at: Date.now(), nonce: `n${nonce++}` });
const comesBack = async (truth: Truth, version = 1, ago = 0): Promise<void> => {
  const at = Date.now() - ago;
  const said = { model: 'iris', version, target: '1', prediction: ['class', 1, 'b'] as ['class', number, string] };
  const bytes = feedbackRecord({ ...said, at, id: `r${nonce}` }, truth, judge(said.prediction, truth, {}), at);
  await place.store.put(feedbackKey({ model: 'iris', at, id: `r${nonce++}` }), bytes);
};
const file = (name: string, text: string): string => {
  const path = join(testFolder(), name);
  writeFileSync(path, text);
  return path;
};

describe('onnward feedback', () => {
  test('shows how good the answers of each version were, by window', async () => {
    for (const truth of ['b', 'b', 'b', 'a']) await comesBack(truth);
    await comesBack('a', 1, 2 * DAY);
    const { code, stdout, stderr } = await run('iris');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/WINDOW +VERSION +TRUTHS +METRIC +VALUE +95 % BOUNDS/i);
    expect(lines[1]).toMatch(/^1h +1 +4 +accuracy +0\.75 +0\.3006 to 0\.9544$/);
    expect(lines.filter((line) => line.includes('accuracy'))).toHaveLength(3);
    expect(lines.find((line) => /^7d .*accuracy/.test(line))).toMatch(/^7d +1 +5 +accuracy +0\.6 /);
    const document = JSON.parse((await run('iris', '--json')).stdout) as { windows: { versions: object[] }[] };
    expect(document).toMatchObject({ model: 'iris', windows: [{ window: '1h' }, { window: '24h' }, { window: '7d' }] });
    expect(document.windows[0]?.versions).toMatchObject([{ version: 1, labelled: 4, metrics: { accuracy: 0.75 } }]);
  });

  test('says where no truth has come back', async () => {
    expect(await run('iris')).toMatchObject({ code: 0, stdout: 'No truth has come back in the last 7 days.\n' });
  });

  test('turns the key', async () => {
    const old = receipt();
    expect(await run('iris', '--rotate')).toMatchObject({ code: 0, stderr: expect.stringContaining('Key 2 signs') });
    expect(JSON.parse((await run('iris', '--rotate', '--json')).stdout)).toEqual({ key: 3 });
    keys = (await ReceiptKeys.read(place.store)) as ReceiptKeys;
    expect(receipt()).toMatch(/^1\.3\./);
    const give = intoStore({ store: place.store, config: { models: { iris: { feedback: true } } } }, 'iris');
    const pieces = [old, receipt()].map((each) => ({ receipt: each, truth: 'b' }));
    expect(await sendTruths(pieces, give)).toMatchObject({ accepted: 2 });
  });

  test.each([
    [['iris', '--rotate', '--truth', 'x.csv'], /two things/],
    [['iris', '--url', 'http://127.0.0.1:1'], /--truth FILE/],
    [['iris', '--truth', '/nowhere/x.csv'], /ENOENT/],
    [['no/name'], /./],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect([code === 0, stderr]).toEqual([false, expect.stringMatching(message)]);
  });

  test('sends nothing for a model without feedback', async () => {
    const path = file('truths.csv', 'receipt,truth\nx,1\n');
    expect(await run('iris', '--truth', path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no receipts'),
    });
  });
});

describe('a file of truths', () => {
  test.each([
    ['a.csv', 'receipt,truth\nr1,virginica\nr2,7\nr3,"7"\n', ['virginica', 7, '7']],
    ['a.csv', '\uFEFFtruth,Inference_Id\r\n1.5,i1\r\n\r\n"a ""b""",i2\r\n', [1.5, 'a "b"']],
    ['a.jsonl', '{"receipt":"r1","truth":"a"}\n\n{"inferenceId":"i","truth":2}\n', ['a', 2]],
    [
      'a.jsonl',
      '{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"e"},"eventVersion":"0"}\n',
      [1],
    ],
  ])('%s of %j holds %j', async (name, text, truths) => {
    const pieces = await readTruths(file(name, text));
    expect(pieces.map(({ truth }) => truth)).toEqual(truths);
    expect(pieces.every((piece) => (piece.receipt ?? piece.inferenceId) !== undefined)).toBe(true);
  });

  test.each([
    ['a.csv', '', /no columns/],
    ['a.csv', 'id,truth\n1,2\n', /no columns/],
    ['a.csv', 'receipt,truth\n', /no truth in it/],
    ['a.csv', 'receipt,truth\n"x,1\n', /no columns/],
    ['a.jsonl', '', /no truth in it/],
    ['a.jsonl', '{"receipt":"r1"}\n', /no truth in line 1/],
    ['a.jsonl', '{"receipt":"r1","truth":1}\nx\n', /no truth in line 2/],
    [
      'a.jsonl',
      '{"groundTruthData":{"data":"1\\n2","encoding":"CSV"},"eventMetadata":{"eventId":"e"}}',
      /line 1 of 2 rows/,
    ],
  ])('%s of %j is refused', async (name, text, message) => {
    await expect(readTruths(file(name, text))).rejects.toMatchObject({ code: 'feedback.file', message });
  });
});

describe('truths that are sent', () => {
  test('go by thousands', async () => {
    const sizes: number[] = [];
    const give = async (pieces: readonly object[]) => (sizes.push(pieces.length), { accepted: pieces.length });
    const pieces = Array.from({ length: 2500 }, () => ({ receipt: 'r', truth: 1 }));
    expect(await sendTruths(pieces, give)).toMatchObject({ accepted: 2500 });
    expect(sizes).toEqual([1000, 1000, 500]);
  });

  test('into the store are counted once', async () => {
    const give = intoStore(
      { store: place.store, config: { models: { iris: { feedback: true, capture: true } } } },
      'iris',
    );
    const pieces = Array.from({ length: 15 }, (_, at) => ({ inferenceId: `i${at % 14}`, truth: 1 }));
    expect(await sendTruths(pieces, give)).toEqual({ accepted: 0, repeated: 1, pending: 14, refused: {} });
    const one = { receipt: receipt(), truth: 'b' };
    const mixed = [one, one, { receipt: 'x', truth: 1 }, { receipt: 'y', truth: 1 }, { truth: 2 }];
    expect(await sendTruths(mixed, give)).toEqual({
      accepted: 1,
      repeated: 1,
      pending: 0,
      refused: { 'feedback.receipt_malformed': 2, 'feedback.body': 1 },
    });
  });

  test('to a server go by its route', async () => {
    const bodies: unknown[] = [];
    const send = throughServer(async (path, body) => {
      bodies.push([path, JSON.parse(body ?? '')]);
      const refused = [{ index: 0, code: 'feedback.receipt_expired', error: 'late' }];
      return { url: path, status: 410, text: JSON.stringify({ error: 'late', accepted: 0, repeated: 0, refused }) };
    }, 'iris');
    const sent = await sendTruths([{ receipt: 'r', truth: 1 }], send);
    expect(sent).toMatchObject({ accepted: 0, refused: { 'feedback.receipt_expired': 1 } });
    expect(bodies).toEqual([['/v2/models/iris/feedback', { feedback: [{ receipt: 'r', truth: 1 }] }]]);
  });

  test('to a server that has no such route are refused as it says', async () => {
    const send = throughServer(async (url) => ({ url, status: 404, text: '{"error":"no such model"}' }), 'iris');
    await expect(sendTruths([{ receipt: 'r', truth: 1 }], send)).rejects.toThrow('no such model');
  });
});
