import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../../support/folders.ts';
import { pythonOf } from './job.ts';
import { example, fixture, leftBy, lookInto, packaged, python, serve, variantsOf } from './variants.ts';

const made = newFolder();
python(['make.py', made]);

/** Runs a job, and gives what it has left. */
function left(graph: string, rows: readonly object[] = [], hyperparameters: Readonly<Record<string, string>> = {}) {
  const job = variantsOf(graph, rows, hyperparameters);
  const { code, output } = job.run();
  expect(code, output).toBe(0);
  const file = leftBy(job);
  const reasons = Object.fromEntries(file.left_out.map(({ method, reason }) => [method, reason]));
  return { job, file, reasons, methods: file.variants.map(({ method }) => method) };
}

describe('a model', () => {
  test('of nothing but ai.onnx.ml has no variant, and each says why', () => {
    const { methods, reasons } = left(example('iris/model.onnx'));
    expect(methods).toEqual([]);
    expect(reasons).toEqual({
      simplify: 'onnxslim finds nothing to take out of its 3 operators.',
      'dynamic-int8': expect.stringMatching(/^Nothing in it can be quantised: .*ai\.onnx\.ml\.LinearClassifier/),
      'static-int8': expect.stringMatching(/^Nothing in it can be quantised/),
      fp16: 'None of its tensors can be halved.',
      prune: expect.stringMatching(/has weights of its own/),
    });
  });

  test('of text keeps it', async () => {
    const rows = Array.from({ length: 8 }, (_, row) => [
      { name: 'word', shape: [1], datatype: 'BYTES', data: [`word ${row}`] },
      { name: 'x', shape: [1, 16], datatype: 'FP32', data: Array.from({ length: 16 }, (_, i) => Math.sin(row + i)) },
    ]);
    const { job, methods } = left(join(made, 'spoken.onnx'), rows);
    expect(methods).toEqual(['dynamic-int8', 'static-int8', 'fp16', 'prune']);
    for (const method of methods) {
      const { answers } = await serve(job.model(method), 'model.onnx', [
        [
          { datatype: 'BYTES', shape: [1], data: ['héllo'] },
          { datatype: 'FP32', shape: [1, 16], data: new Float32Array(16).fill(0.5) },
        ],
      ]);
      expect(answers[0]?.[0]?.data).toEqual(['héllo']);
    }
  });

  test('without rows has none that needs their ranges', () => {
    const { methods, reasons } = left(fixture('mlp_rows'));
    expect(methods).toEqual(['dynamic-int8', 'fp16', 'prune']);
    expect(reasons['static-int8']).toBe(
      'It needs rows to take the ranges of activations from: channel calibration has none.',
    );
  });

  test('whose numbers 16 bits cannot hold has no variant of them', () => {
    const rows = [[{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }]];
    const { reasons } = left(join(made, 'overflowing.onnx'), rows, { methods: 'fp16' });
    expect(reasons).toEqual({ fp16: 'Output y holds NaN or infinity where the original has numbers.' });
  });

  test('with branches is pruned in them, too', () => {
    const { file } = left(join(made, 'branched.onnx'), [], { methods: 'prune', sparsity: '0.75' });
    expect(file.variants[0]?.settings).toMatchObject({ tensors: 2, zeros: 54, weights: 72 });
  });

  test('with external data has it inside, where one file can hold it', () => {
    const job = variantsOf(fixture('external_data'), [], { methods: 'simplify,fp16' });
    job.channel('model', fixture('external_data').replace('.onnx', '.bin'));
    expect(job.run()).toMatchObject({ code: 0 });
    const { variants, original } = leftBy(job);
    expect(original.bytes).toBe(readFileSync(fixture('external_data')).length + 16);
    expect(variants.map(({ method }) => method)).toContain('fp16');
    for (const { name } of variants) expect(readdirSync(job.model(name))).toEqual(['model.onnx']);
  });

  test('that one file cannot hold has its weights beside it', async () => {
    const folder = newFolder();
    python(['beside.py', example('digits/model.onnx'), folder, '1000']);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'model.onnx.data']);
    expect(lookInto(join(folder, 'model.onnx')).external).toBe(true);
    const { signature } = await serve(folder, 'model.onnx');
    expect(signature).toEqual((await serve(dirname(example('digits/model.onnx')), 'model.onnx')).signature);
  });
});

describe('a real model', () => {
  const MAGIKA = packaged('magika/models/standard_v3_3/model.onnx');
  const SILERO = packaged('silero_vad/data/silero_vad.onnx');

  test('of bytes of files: magika', async () => {
    const rows = ['package.json', 'README.md', 'cdk.json', 'LICENSE', 'bin/onnward.ts'].map((path) => {
      const bytes = [...readFileSync(join(import.meta.dirname, '../../..', path))].slice(0, 2048);
      return [
        {
          name: 'bytes',
          shape: [1, 2048],
          datatype: 'INT32',
          data: [...bytes, ...Array<number>(2048 - bytes.length).fill(256)],
        },
      ];
    });
    const { job, file, methods } = left(MAGIKA, rows);
    expect(methods).toEqual(['simplify', 'dynamic-int8', 'static-int8', 'fp16', 'prune']);
    const size = Object.fromEntries(file.variants.map(({ method, bytes }) => [method, file.original.bytes / bytes]));
    expect(size['static-int8']).toBeGreaterThan(3.4);
    expect(size['fp16']).toBeGreaterThan(1.9);
    const { signature } = await serve(dirname(MAGIKA), 'model.onnx');
    for (const method of methods) expect((await serve(job.model(method), 'model.onnx')).signature).toEqual(signature);
  });

  test('of sound, with two branches and a state: silero-vad', async () => {
    const row = [
      {
        name: 'input',
        shape: [1, 512],
        datatype: 'FP32',
        data: Array.from({ length: 512 }, (_, i) => Math.sin(i / 9) / 3),
      },
      { name: 'state', shape: [2, 1, 128], datatype: 'FP32', data: Array<number>(256).fill(0) },
      { name: 'sr', shape: [], datatype: 'INT64', data: [16000] },
    ];
    const { job, methods, reasons } = left(SILERO, [row]);
    expect(methods).toEqual(['simplify', 'fp16', 'prune']);
    expect(Object.keys(reasons)).toEqual(['dynamic-int8', 'static-int8']);
    const { signature } = await serve(dirname(SILERO), 'silero_vad.onnx');
    for (const method of methods) expect((await serve(job.model(method), 'model.onnx')).signature).toEqual(signature);
  });

  test('that refuses a row which is made up asks for some', () => {
    const job = variantsOf(SILERO);
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toMatch(
      /^silero_vad\.onnx does not answer a row that is made up \(give it some, in channel calibration/,
    );
  });
});

describe('a job fails, and says why', () => {
  const row = (tensor: object) => [[{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4], ...tensor }]];
  const mlp = fixture('mlp_rows');

  test.each([
    ['a broken model', () => variantsOf(fixture('broken')), /^broken\.onnx cannot be read as an ONNX model: /],
    [
      'no model',
      () => variantsOf(example('iris/labels.txt')),
      /^The channel 'model' has no \.onnx file; in .* there is labels\.txt\.$/,
    ],
    [
      'two models',
      () => variantsOf(mlp).channel('model', fixture('scalar')),
      /needs model\.onnx, or one \.onnx file; it holds mlp_rows\.onnx, scalar\.onnx\.$/,
    ],
    ['weights that are missing', () => variantsOf(fixture('external_data')), /^external_data\.onnx cannot be read/],
    ['bfloat16', () => variantsOf(fixture('bfloat16')), /^bfloat16\.onnx .*bfloat16/],
    [
      'an unknown method',
      () => variantsOf(mlp, [], { methods: 'fp16,fp8' }),
      /methods is 'fp16,fp8', and is to be some of simplify, dynamic-int8/,
    ],
    ['no method', () => variantsOf(mlp, [], { methods: ' , ' }), /is to be some of simplify/],
    [
      'all weights gone',
      () => variantsOf(mlp, [], { sparsity: '1' }),
      /sparsity is 1, and is to be from 0\.01 to 0\.99/,
    ],
    [
      'a row of another name',
      () => variantsOf(mlp, row({ name: 'z' })),
      /^mlp_rows\.onnx does not answer rows of calibration\.jsonl: .*x/,
    ],
    [
      'a row of another shape',
      () => variantsOf(mlp, row({ shape: [2, 4] })),
      /^calibration\.jsonl, line 1, cannot be read: cannot reshape/,
    ],
    [
      'a row of another datatype',
      () => variantsOf(mlp, row({ datatype: 'STRING' })),
      /line 1, cannot be read: datatype STRING is not one of BOOL, /,
    ],
    [
      'a row without data',
      () => variantsOf(mlp, row({ data: undefined })),
      /line 1, lacks 'data'\. A line is \{"inputs": /,
    ],
    [
      'a number that is too large',
      () => variantsOf(mlp, row({ datatype: 'UINT8', data: [1, 2, 3, 256] })),
      /line 1, cannot be read: .*256/,
    ],
  ])('%s', (_, job, failure) => {
    const begun = job();
    const { code, output } = begun.run();
    expect(code, output).toBe(1);
    expect(begun.failure).toMatch(failure);
    expect(output).not.toContain('Traceback');
    expect(existsSync(begun.model('variants.json'))).toBe(false);
  });
});

describe('a processor', () => {
  const CPUINFO = (flags: string) => `processor\t: 0\nmodel name\t: Some\nflags\t\t: fpu ${flags} sse\n`;
  const seven = (machine: string, target: string, cpuinfo: string) =>
    JSON.parse(
      execFileSync(pythonOf('optimize'), [join(import.meta.dirname, 'processor.py'), machine, target], {
        input: cpuinfo,
        encoding: 'utf8',
      }),
    ) as [boolean, string];

  test.each([
    ['x86_64', 'here', 'avx2 avx512_vnni', false],
    ['x86_64', 'here', 'avx_vnni', false],
    ['x86_64', 'here', 'avx2 avx512f', true],
    ['x86_64', 'here', 'avx2 avx_vnni_int8_of_tomorrow', true],
    ['AMD64', 'here', 'avx2', true],
    ['aarch64', 'here', '', false],
    ['x86_64', 'arm64', 'avx2', false],
    ['x86_64', 'x86_64', 'avx512_vnni', true],
    ['aarch64', 'x86_64', '', true],
  ])('%s, for %s, of %s: seven bits are %s', (machine, target, flags, expected) => {
    const [reduced, why] = seven(machine, target, CPUINFO(flags));
    expect(reduced).toBe(expected);
    expect(why).toMatch(/overflow/);
  });
});

test('nothing is left where it was not asked for', () => {
  const { job } = left(fixture('mlp_rows'), [], { methods: 'fp16' });
  expect(readdirSync(job.model('.')).sort()).toEqual(['fp16', 'variants.json']);
  const channel = join(job.base, 'input/data/model');
  expect(readdirSync(channel)).toEqual(['mlp_rows.onnx']);
});

test('what an earlier attempt has left of a variant goes', () => {
  const job = variantsOf(fixture('mlp_rows'), [], { methods: 'fp16' });
  mkdirSync(job.model('fp16'), { recursive: true });
  copyFileSync(fixture('scalar'), job.model('fp16/model.onnx.data'));
  job.run();
  expect(readdirSync(job.model('fp16'))).toEqual(['model.onnx']);
});
