import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import { writeOptimization } from '../../bin/cli/optimize-files.ts';
import { optimizationLines } from '../../bin/cli/optimize-lines.ts';
import { optimizeOptions } from '../../bin/cli/optimize-options.ts';
import { placedRows } from '../../bin/cli/optimize-data.ts';
import { costOf, variantOf } from '../core/training/optimize/support/judged.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { inProcess, inRepository, testFolder } from './cli.ts';

const spread = (value: number) => ({ value, low: value * 0.9, high: value * 1.2 });
const cost = costOf({
  latency: spread(0.0123),
  batch: { ...spread(0.02), rows: 32 },
  bytes: 70_270,
  gzipBytes: 65_239,
});
const estimated = { metric: 'accuracy', value: 0.97942, low: 0.9625, high: 0.9888 } as const;
const outputs = [0.993, 1].map((value, index) => ({
  output: `y${index}`,
  same: 'class' as const,
  rows: 486,
  agreement: { value, low: 0.98, high: 1 },
  unanswered: 0,
}));

const DOCUMENT: OptimizationDocument = {
  format: 1,
  version: 1,
  settings: { margin: 0.01, agreement: 0.98, prefer: 'size' },
  rows: 486,
  labelled: true,
  original: { cost, estimated },
  variants: [
    { ...variantOf('dynamic-int8', 'pass', costOf({ ...cost, bytes: 22_127 })), estimated, outputs },
    { ...variantOf('prune', 'fail', cost), estimated: { ...estimated, value: 0.93 } },
    {
      ...variantOf('fp16', 'inconclusive'),
      guards: [{ guard: 'agreement', output: 'y', verdict: 'inconclusive', sentence: 'near it.' }],
    },
  ],
  leftOut: [{ method: 'static-int8', reason: 'No rows.' }],
  pick: {
    name: 'dynamic-int8',
    method: 'dynamic-int8',
    folder: 'dynamic-int8',
    files: [],
    provenance: {},
    metrics: {},
  },
  sentence: 'dynamic-int8 is taken.',
  notes: [],
};

test('the table has the original, every variant, what speaks against it, and what is taken', () => {
  expect(optimizationLines(DOCUMENT)).toEqual([
    '486 held-out rows',
    '              guard          accuracy  95 % interval     same answers  a row             of 32 rows      load      size     gzip',
    'original                     0.9794    0.9625 to 0.9888                0.0123 ±0.002 ms  0.02 ±0.004 ms  10 ±0 ms  70.3 kB  65.2 kB',
    'dynamic-int8  passes, taken  0.9794    0.9625 to 0.9888  99.3 %        0.0123 ±0.002 ms  0.02 ±0.004 ms  10 ±0 ms  22.1 kB  65.2 kB',
    'prune         fails          0.9300    0.9625 to 0.9888  -             0.0123 ±0.002 ms  0.02 ±0.004 ms  10 ±0 ms  70.3 kB  65.2 kB',
    'fp16          unknown        -         -                 -             -                 -               -         -        -',
    'prune: It is fail.',
    'fp16: y is near it.',
    'static-int8 is left out: No rows.',
    'dynamic-int8 is taken.',
  ]);
});

test('rows that are only recorded are called so, and a model without batches has none', () => {
  const { batch: _, ...alone } = cost;
  const [rows, heading, original] = optimizationLines({
    ...DOCUMENT,
    rows: 1,
    labelled: false,
    original: { cost: alone },
    variants: [],
  });
  expect(rows).toBe('1 recorded row');
  expect(heading).toContain('of a batch');
  expect(original).toMatch(/^original +- +- +0\.0123 ±0\.002 ms +- +10 ±0 ms/);
});

test('--output leaves the table, the same as JSON, and the plot', async () => {
  const folder = join(testFolder(), 'new');
  const files = await writeOptimization(DOCUMENT, folder);
  const names = ['optimization.txt', 'optimization.json', 'optimization.svg'];
  expect(files).toEqual(names.map((name) => join(folder, name)));
  expect(readdirSync(folder).sort()).toEqual(names.toSorted());
  expect(readFileSync(join(folder, 'optimization.txt'), 'utf8')).toBe(`${optimizationLines(DOCUMENT).join('\n')}\n`);
  expect(JSON.parse(readFileSync(join(folder, 'optimization.json'), 'utf8'))).toEqual(DOCUMENT);
  expect(readFileSync(join(folder, 'optimization.svg'), 'utf8')).toContain('accuracy against bytes');
});

describe('what is said of it', () => {
  test('is numbers, names and lists', () => {
    const said = {
      methods: 'fp16, prune',
      margin: '0.02',
      bytes: '1000',
      milliseconds: '2.5',
      prefer: 'size',
      data: 'a.csv',
      label: 'y',
    };
    expect(optimizeOptions(said)).toEqual({
      methods: ['fp16', 'prune'],
      margin: 0.02,
      bytes: 1000,
      milliseconds: 2.5,
      prefer: 'size',
      data: 'a.csv',
      label: 'y',
    });
    expect(optimizeOptions({})).toEqual({});
  });

  test.each([
    [{ margin: '2' }, 'optimize.margin'],
    [{ margin: 'little' }, 'optimize.margin'],
    [{ agreement: '-1' }, 'optimize.agreement'],
    [{ prefer: 'beauty' }, 'optimize.prefer'],
    [{ methods: 'int4' }, 'optimize.methods.0'],
    [{ bytes: '1.5' }, 'optimize.bytes'],
    [{ milliseconds: '0' }, 'optimize.milliseconds'],
    [{ sparsity: '1' }, 'optimize.sparsity'],
  ])('is refused where it is none: %j', (said, path) => {
    expect(() => optimizeOptions(said)).toThrow(path);
  });

  test('of rows is where they are, here or in a stage', async () => {
    const folder = testFolder();
    const path = join(folder, 'rows.csv');
    writeFileSync(path, 'a,b\n1,2\n');
    const store = new MemoryStore();
    const here = { store, where: '' };
    expect(await placedRows(here, 'digits', { data: path, margin: 0.1 })).toEqual({
      data: `file:${path}`,
      margin: 0.1,
    });
    const elsewhere = { data: 's3://bucket/rows.csv', calibration: 'training/rows.csv' };
    expect(await placedRows(here, 'digits', elsewhere)).toEqual(elsewhere);
    const { calibration } = await placedRows({ store, where: ' --stage prod' }, 'digits', { calibration: path });
    expect(calibration).toMatch(/^training\/inputs\/digits\/[0-9a-f]{32}\/rows\.csv$/);
    expect(Buffer.from((await store.get(calibration!))!.bytes).toString()).toBe('a,b\n1,2\n');
    await expect(placedRows(here, 'digits', { data: folder })).rejects.toMatchObject({ code: 'input.not_found' });
  });
});

describe('the command refuses before anything runs', () => {
  const store = () => `file:${join(testFolder(), 'store')}`;

  test.each([
    ['no model', ['digits'], 'model.not_found'],
    ['no version', [], 'usage.missing_argument'],
    ['no such cost', ['digits', '--prefer', 'beauty'], 'training.options'],
    ['a stage and a store', ['digits', '--stage', 'prod'], 'usage.either'],
    ['a file for a folder', ['digits', '--output', inRepository('package.json')], 'usage.not_a_folder'],
  ])('%s', async (_, args, code) => {
    const { code: exit, stderr } = await inProcess(['optimize', ...args, '--store', store(), '--json']);
    expect(exit).toBeGreaterThan(0);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code } });
  });

  test('rows that are not there', async () => {
    const url = store();
    await inProcess(['register', 'digits', inRepository('examples/digits/model.onnx'), '--store', url]);
    const { stderr } = await inProcess([
      'optimize',
      'digits:1',
      '--data',
      'none.csv',
      '--label',
      'digit',
      '--store',
      url,
      '--json',
    ]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'input.not_found' } });
  });
});
