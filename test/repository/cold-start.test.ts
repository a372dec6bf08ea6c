import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAnswer } from '../../bench/cold-start/answer.ts';
import { eventOf } from '../../bench/cold-start/contenders.ts';
import { barsOf, renderReadme } from '../../bench/cold-start/report.ts';
import type { Cell, ColdStarts } from '../../bench/cold-start/results.ts';
import { RuntimeApi } from '../../bench/cold-start/runtime-api.ts';

const cell = (contender: Cell['contender'], answered: number[], more: Partial<Cell> = {}): Cell => ({
  contender,
  origin: 's3',
  model: 'iris',
  answered,
  ready: answered.map((ms) => ms - 5),
  memory: answered.map(() => 90e6),
  marks: [{ begin: 40, brought: 60, answered: 99 }],
  ...more,
});

const results = (cells: Cell[]): ColdStarts => ({
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'A CPU', cores: 2, memoryGb: 24, os: 'Linux', load: 0 },
  versions: { node: '24.0.0' },
  rounds: 2,
  cells,
  emulated: [{ contender: 'python', model: 'iris', cold: [400, 420], warm: [1.4, 1.5] }],
});

describe('the bar', () => {
  test.each([
    [[150, 300], true],
    [[148, 296], false],
  ])('Python took %j ms, we 100 and 200', (python, met) => {
    expect(barsOf(results([cell('onnward', [100, 200]), cell('python', python)]))).toMatchObject([{ limit: 1.5, met }]);
  });

  test('is for models from S3, and needs both sides', () => {
    const baked = { origin: 'baked' } as const;
    expect(barsOf(results([cell('onnward', [1], baked), cell('python', [1], baked), cell('onnward', [1])]))).toEqual(
      [],
    );
  });
});

describe('the report', () => {
  const markers =
    '<!-- results: written by `npm run bench:cold-start -- --full` -->\nof yesterday\n<!-- end of results -->';

  test('stands between the markers', () => {
    const text = renderReadme(
      `before\n${markers}\nafter`,
      results([cell('onnward', [100, 200]), cell('python', [300, 400])]),
    );
    expect(text).toMatch(/^before\n[^]*\nafter$/);
    expect(text).not.toContain('of yesterday');
    expect(text).toContain('| iris, from S3 | 150 (100-200) | 350 (300-400) | 2.50 (2.00-3.00) | 90 / 90 |');
    expect(text).toContain('| Onnward, iris, from S3 | 40 |  |  | 60 |  |  | 99 |');
    expect(text).toContain('| Python, iris, from S3 | 410 (400-420) | 1.4 (1.4-1.5) |');
  });

  test('refuses a README without markers', () => {
    expect(() => renderReadme('no markers', results([]))).toThrow(/lacks/);
  });
});

describe('the stand-in of the runtime API', () => {
  let api: RuntimeApi;
  beforeEach(async () => {
    api = await RuntimeApi.listen();
  });
  afterEach(() => api.close());

  const at = (path: string) => `http://${api.address}/2018-06-01/runtime${path}`;

  /** One event taken and answered, as a runtime's client does it. */
  async function work(answer: (event: string) => string): Promise<void> {
    const next = await fetch(at('/invocation/next'));
    const id = next.headers.get('lambda-runtime-aws-request-id');
    expect(Number(next.headers.get('lambda-runtime-deadline-ms'))).toBeGreaterThan(Date.now());
    const body = answer(await next.text());
    expect((await fetch(at(`/invocation/${id}/response`), { method: 'POST', body })).status).toBe(202);
  }

  test('gives out the events in order, and keeps the answers and when they came', async () => {
    const served = api.serve(['1', '2']);
    await work((event) => `${event}!`);
    await work((event) => `${event}!`);
    const { results: answers, initialised, given, answered } = await served;
    expect(answers).toEqual(['1!', '2!']);
    expect(given[0]).toBeGreaterThanOrEqual(initialised);
    const times = [given[0], answered[0], given[1], answered[1]] as number[];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test.each(['/init/error', '/invocation/1/error'])('takes a failure at %s for one', async (path) => {
    const served = api.serve(['1']);
    const failed = expect(served).rejects.toThrow(`failed at ${path}: out of memory`);
    await fetch(at(path), { method: 'POST', body: 'out of memory' });
    await failed;
  });
});

test('an answer is read, and a refusal is none', () => {
  const body = JSON.stringify({ outputs: [{ name: 'y', data: [[1, '2']] }] });
  expect(readAnswer(JSON.stringify({ statusCode: 200, body }))).toEqual(new Map([['y', [1, 2]]]));
  expect(() => readAnswer(JSON.stringify({ statusCode: 503, body: 'no model' }))).toThrow(/503: no model/);
});

test('the event is one of an HTTP API', () => {
  expect(JSON.parse(eventOf('iris', Buffer.from('{}')))).toMatchObject({
    version: '2.0',
    rawPath: '/v2/models/iris/infer',
    requestContext: { http: { method: 'POST' } },
    body: '{}',
  });
});
