import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FirehoseCapture, type FirehoseOptions } from '#adapters/aws/firehose-capture.ts';
import { type Asked, jsonServer, refusal, type Said } from '../../support/json-server.ts';

type Put = { readonly DeliveryStreamName: string; readonly Records: readonly { readonly Data: string }[] };

let firehose: Awaited<ReturnType<typeof jsonServer>>;
let answer: (asked: Asked) => Said;
let warnings: string[];
let now: number;

const taken = ({ input }: Asked): Said => ({
  body: { FailedPutCount: 0, RequestResponses: (input as unknown as Put).Records.map(() => ({ RecordId: 'r' })) },
});

beforeEach(async () => {
  [answer, warnings, now] = [taken, [], 1_000_000];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  firehose = await jsonServer((asked) => answer(asked));
});
afterEach(async () => {
  await firehose.stop();
  vi.restoreAllMocks();
});

const newCapture = (more: Partial<FirehoseOptions> = {}): FirehoseCapture =>
  new FirehoseCapture({ stream: 'onnward-dev-iris', env: process.env, now: () => now, ...more });

/** One that has had its first invocation. */
async function warm(more: Partial<FirehoseOptions> = {}): Promise<FirehoseCapture> {
  const capture = newCapture(more);
  await capture.settle();
  return capture;
}

/** The records of each call, as text. */
const sent = (): string[][] =>
  firehose.asked.map(({ input }) =>
    (input as unknown as Put).Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()),
  );

function add(capture: FirehoseCapture, ...lines: readonly string[]): void {
  for (const line of lines) capture.add('iris', line);
}

describe('captured requests are sent', () => {
  test('as lines of one record, with what Firehose wants to know', async () => {
    const capture = await warm();
    add(capture, 'one', 'zwö');
    await capture.settle();
    expect(firehose.asked).toEqual([
      { operation: 'PutRecordBatch', input: { DeliveryStreamName: 'onnward-dev-iris', Records: [expect.anything()] } },
    ]);
    expect(sent()).toEqual([['one\nzwö\n']]);
  });

  test('not before the first answer, which has waited long enough', async () => {
    const capture = newCapture();
    add(capture, 'one');
    await capture.settle();
    expect(sent()).toEqual([]);
    add(capture, 'two');
    await capture.settle();
    expect(sent()).toEqual([['one\ntwo\n']]);
  });

  test('all that wait, due or not, and what comes meanwhile stays', async () => {
    const capture = await warm();
    add(capture, 'one');
    await capture.settle();
    add(capture, 'two');
    const flushed = capture.flush();
    add(capture, 'three');
    await flushed;
    expect(sent()).toEqual([['one\n'], ['two\n'], ['three\n']]);
    answer = () => refusal('ServiceUnavailableException', 'slow down', 503);
    add(capture, 'four');
    await capture.flush();
    answer = taken;
    await capture.flush();
    expect(sent().slice(3)).toEqual([['four\n'], ['four\n']]);
    expect(capture.lost).toBe(0);
  });

  test('a minute after the last ones, or as soon as there are 64 or half a megabyte of them', async () => {
    const capture = await warm();
    add(capture, 'first');
    await capture.settle();
    add(capture, 'a');
    now += 59_999;
    await capture.settle();
    expect(sent()).toHaveLength(1);
    now += 1;
    await capture.settle();
    expect(sent()).toHaveLength(2);
    add(capture, ...Array.from({ length: 63 }, (_, at) => `${at}`));
    await capture.settle();
    expect(sent()).toHaveLength(2);
    add(capture, '63');
    await capture.settle();
    add(capture, 'x'.repeat(500_000));
    await capture.settle();
    expect(sent().map(([record]) => record?.split('\n').length)).toEqual([2, 2, 65, 2]);
  });

  test('with each answer where it is told to', async () => {
    const capture = await warm({ seconds: 0 });
    for (const line of ['a', 'b']) {
      add(capture, line);
      await capture.settle();
    }
    expect(sent()).toEqual([['a\n'], ['b\n']]);
  });

  test('in as many records as it takes, and in as many calls', async () => {
    const capture = await warm({ seconds: 0 });
    add(capture, ...['a', 'b', 'c', 'd'].map((letter) => letter.repeat(900_000)));
    await capture.settle();
    expect(sent().map((records) => records.map((record) => record[0]))).toEqual([['a', 'b']]);
    await capture.settle();
    await capture.settle();
    expect(sent().map((records) => records.map((record) => record[0]))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('by nobody where there are none', async () => {
    await (await warm()).settle();
    expect(firehose.asked).toEqual([]);
  });
});

describe('what the stream does not take', () => {
  test('is sent again, and only that', async () => {
    const capture = await warm({ seconds: 0 });
    add(capture, 'a'.repeat(900_000), 'b'.repeat(900_000));
    answer = () => ({
      body: { FailedPutCount: 1, RequestResponses: [{ RecordId: 'r' }, { ErrorCode: 'ServiceUnavailableException' }] },
    });
    await capture.settle();
    answer = taken;
    add(capture, 'c');
    now += 5_000;
    await capture.settle();
    const [, records] = sent();
    expect(records?.map((record) => [record[0], record.length])).toEqual([['b', 900_003]]);
    expect(warnings).toEqual(['captured requests cannot be sent to onnward-dev-iris: 1 of 2 records were refused']);
  });

  test('waits for some seconds, in which answers wait for nothing', async () => {
    const capture = await warm({ seconds: 0 });
    add(capture, 'a');
    answer = () => refusal('ResourceNotFoundException', 'no such stream');
    for (const wait of [0, 4_999, 1]) {
      now += wait;
      await capture.settle();
    }
    expect(firehose.asked).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('PutRecordBatch was answered with 400')]);
  });

  test('is dropped, the oldest first, and counted, once there is too much of it', async () => {
    const capture = await warm({ seconds: 0 });
    answer = () => refusal('ServiceUnavailableException', 'busy', 500);
    for (let at = 0; at < 12; at++) {
      add(capture, `${at}`.padEnd(500_000, '.'));
      await capture.settle();
    }
    expect(capture.lost).toBe(5);
    answer = taken;
    now += 5_000;
    await capture.settle();
    expect(sent().at(-1)?.[0]?.slice(0, 2)).toBe('5.');
  });
});

test('a stream that does not answer holds up an answer for a second', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL_FIREHOSE', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const capture = await warm({ env: process.env });
  add(capture, 'a');
  const started = performance.now();
  await capture.settle();
  expect(performance.now() - started).toBeLessThan(2500);
  expect(warnings).toEqual([expect.stringContaining('no answer in time')]);
  silent.closeAllConnections();
  silent.close();
});
