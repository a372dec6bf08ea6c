import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { barsOf } from '../../bench/bars.ts';
import { expectSame } from '../../bench/answers.ts';
import { caseOf, INPUTS, MODELS, valuesOf } from '../../bench/cases.ts';
import { renderReadme } from '../../bench/report.ts';
import type { Cell, Results } from '../../bench/results.ts';
import { staleInputs, stampOf } from '../../bench/stamp.ts';
import { median, ratios } from '../../bench/statistics.ts';

describe('the stamp of a committed result', () => {
  let root: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stamp-'));
    write('package.json', '{"dependencies":{"runtime":"1.0.0"},"devDependencies":{"tool":"2.0.0"}}');
    write('peers/a.py', 'a');
    write('peers/deep/b.py', 'b');
    write('load.ts', 'load');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const patterns = ['peers/**', 'load.ts', 'runtime@package.json'];

  test('holds while nothing changes, whatever else is in the tree', () => {
    const stamp = stampOf(root, patterns);
    write('other.ts', 'new');
    write('peers/__pycache__/a.pyc', 'compiled');
    write('package.json', '{"dependencies":{"runtime":"1.0.0","more":"1.0.0"}}');
    expect(staleInputs(root, stamp)).toEqual([]);
  });

  test.each([
    ['a changed file', () => write('peers/deep/b.py', 'B'), ['peers/**']],
    ['a new file', () => write('peers/c.py', ''), ['peers/**']],
    ['a file gone', () => rmSync(join(root, 'peers/a.py')), ['peers/**']],
    ['another version', () => write('package.json', '{"dependencies":{"runtime":"1.0.1"}}'), ['runtime@package.json']],
    ['two changes', () => (write('load.ts', ''), write('peers/a.py', '')), ['peers/**', 'load.ts']],
  ])('names the input after %s', (_, change, stale) => {
    const stamp = stampOf(root, patterns);
    change();
    expect(staleInputs(root, stamp)).toEqual(stale);
  });

  test('tells a renamed file from the old one, and where one file ends and the next begins', () => {
    const before = stampOf(root, ['peers/**']);
    rmSync(join(root, 'peers/a.py'));
    write('peers/z.py', 'a');
    expect(stampOf(root, ['peers/**'])).not.toEqual(before);
  });

  test('reads development dependencies too', () => {
    expect(stampOf(root, ['tool@package.json'])).not.toEqual(stampOf(root, ['runtime@package.json']));
  });

  test.each(['gone/**', 'no.ts', 'nobody@package.json'])('refuses %s, which names nothing', (pattern) => {
    expect(() => stampOf(root, [pattern])).toThrow(/no (file matches|dependency)|has no dependency/);
  });
});

describe('the statistics', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('the median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

  test('a ratio is taken round by round, so that a slow minute of the machine cancels out', () => {
    expect(ratios([100, 50, 100], [50, 25, 50])).toEqual({ median: 2, least: 2, most: 2 });
  });
});

describe('the requests', () => {
  test.each(MODELS)('%s: both encodings carry the same values, in the shape of the model', (model) => {
    const { shape } = INPUTS[model];
    const json = JSON.parse(caseOf(model, 'json').body.toString());
    const { headers, body } = caseOf(model, 'binary');
    const length = Number(headers['Inference-Header-Content-Length']);
    const header = JSON.parse(body.toString('utf8', 0, length));
    const raw = new Float32Array(new Uint8Array(body.subarray(length)).buffer);
    expect(raw).toEqual(valuesOf(model));
    expect(Float32Array.from(json.inputs[0].data)).toEqual(raw);
    expect(raw).toHaveLength(shape.reduce((product, size) => product * size));
    expect(header.inputs[0].parameters.binary_data_size).toBe(raw.byteLength);
    expect(header.inputs[0].shape).toEqual(json.inputs[0].shape);
  });
});

describe('the answers', () => {
  const expected = new Map([['output', [0.25, 0.75]]]);

  test('may differ in the last digit of a float32', () => {
    expect(() => expectSame('peer', new Map([['output', [0.250001, 0.749999]]]), expected)).not.toThrow();
  });

  test.each([
    ['none', undefined],
    ['another output', new Map([['other', [0.25, 0.75]]])],
    ['too few values', new Map([['output', [0.25]]])],
    ['too many values', new Map([['output', [0.25, 0.75, 0]]])],
    ['a wrong value', new Map([['output', [0.25, 0.74]]])],
    ['no number', new Map([['output', [0.25, Number.NaN]]])],
  ])('throws at %s', (_, actual) => expect(() => expectSame('peer', actual, expected)).toThrow(/peer answers output/));
});

const sample = (perSecond: number, p50: number, p99: number) => ({ requests: 1000, perSecond, p50, p99 });

const cell = (server: string, concurrency: number, perSecond: number, p50 = 100, p99 = 1000): Cell => ({
  server,
  model: 'mlp',
  encoding: 'json',
  concurrency,
  workers: 1,
  rounds: [sample(perSecond, p50, p99), sample(perSecond, p50, p99)],
});

const results = (parts: Partial<Results>): Results => ({
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'A CPU', cores: 2, memoryGb: 24, os: 'Linux', load: 0 },
  versions: { node: '24.0.0' },
  plan: { rounds: 2, seconds: 3 },
  cells: [],
  bare: [],
  memory: [],
  start: [],
  loading: [],
  ...parts,
});

describe('the bars', () => {
  const metOf = (parts: Partial<Results>): [string, boolean][] =>
    barsOf(results(parts)).map(({ what, met }) => [what, met]);

  test('none without results, and none against a peer that was left out', () => {
    expect(metOf({})).toEqual([]);
    expect(metOf({ cells: [cell('onnward', 16, 1000)] })).toEqual([]);
  });

  test.each([
    [2600, true],
    [2400, false],
  ])('requests per second: %d against 1000 of tuned FastAPI', (perSecond, met) => {
    const cells = [cell('onnward', 16, perSecond), cell('fastapi', 16, 1000)];
    expect(metOf({ cells })).toContainEqual(['requests/s against fastapi, mlp json, 16 at once', met]);
  });

  test.each([
    [900, true],
    [1100, false],
  ])('the tail: %d us against 1000', (p99, met) => {
    const cells = [cell('onnward', 16, 1, 1, p99), cell('fastapi', 16, 1, 1, 1000)];
    expect(metOf({ cells })).toContainEqual(['p99 against fastapi, mlp json, 16 at once', met]);
  });

  test.each([
    [130, true],
    [131, false],
  ])('one request at a time: %d us over a bare run of 10', (p50, met) => {
    const bare = [{ runtime: 'node', model: 'mlp', encoding: 'json', rounds: [10, 10] }] as const;
    const what = 'p50 added over bare ONNX Runtime, mlp json, one at a time';
    expect(metOf({ cells: [cell('onnward', 1, 1, p50)], bare })).toEqual([[what, met]]);
  });

  test.each([
    [104, true],
    [106, false],
  ])('memory: %d after a hundred thousand requests, of 100', (bytes, met) => {
    const after = [
      { requests: 10_000, bytes: 100 },
      { requests: 100_000, bytes },
    ];
    expect(metOf({ memory: [{ server: 'onnward', model: 'mlp', after }] }).map(([, is]) => is)).toEqual([met]);
  });

  test('starting and loading', () => {
    const start = [
      { name: 'onnward', rounds: [300] },
      { name: 'fastapi', rounds: [400] },
      { name: 'kserve', rounds: [200] },
    ];
    const loading = [
      { name: 'bare', rounds: [100] },
      { name: 'engine', rounds: [116] },
    ];
    expect(metOf({ start, loading }).map(([, met]) => met)).toEqual([true, false, false]);
  });
});

describe('the report', () => {
  const markers = '<!-- results: written by `npm run bench -- --full` -->\nold\n<!-- end of results -->';

  test('replaces what is between the markers, and nothing else', () => {
    const made = renderReadme(`before\n${markers}\nafter`, results({ cells: [cell('onnward', 16, 1234, 5, 6)] }));
    expect(made).toMatch(/^before\n/);
    expect(made).toMatch(/\nafter$/);
    expect(made).not.toContain('old');
    expect(made).toContain('| Onnward | 1,234 (1,234-1,234) |');
    expect(renderReadme(made, results({}))).not.toContain('1,234');
  });

  test('refuses a README without markers', () => {
    expect(() => renderReadme('no markers', results({}))).toThrow(/lacks/);
  });
});
