import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '#core/model/tensor.ts';
import { example, leftBy, lookInto, serve, variantsOf, type VariantsFile } from './variants.ts';
import type { Job } from './job.ts';

const METHODS = ['simplify', 'dynamic-int8', 'static-int8', 'fp16', 'prune'];
const GRAPH = example('digits/model.onnx');
const CALIBRATION_ROWS = 200;

/** Rows of the example that the model has not seen: those at the beginning calibrate, the others are judged on. */
const [, ...lines] = readFileSync(example('digits/heldout.csv'), 'utf8').trim().split('\n');
const rows = lines
  .map((line) => line.split(',').map(Number))
  .map((row) => ({ pixels: row.slice(0, -1), digit: row.at(-1) }));
const calibration = rows
  .slice(0, CALIBRATION_ROWS)
  .map(({ pixels }) => [{ name: 'image', shape: [1, 1, 8, 8], datatype: 'FP32', data: pixels }]);

async function accuracyOf(graph: string): Promise<number> {
  const judged = rows.slice(CALIBRATION_ROWS);
  const images: Tensor = {
    datatype: 'FP32',
    shape: [judged.length, 1, 8, 8],
    data: Float32Array.from(judged.flatMap(({ pixels }) => pixels)),
  };
  const { answers } = await serve(dirname(graph), 'model.onnx', [[images]]);
  const labels = answers[0]?.[0]?.data as BigInt64Array;
  return judged.filter(({ digit }, row) => Number(labels[row]) === digit).length / judged.length;
}

describe('variants of the digits example', () => {
  let job: Job;
  let left: VariantsFile;
  beforeAll(() => {
    job = variantsOf(GRAPH, calibration);
    expect(job.run()).toMatchObject({ code: 0 });
    left = leftBy(job);
  });
  const variant = (method: string) => left.variants.find((each) => each.method === method);

  test('are all made, each in its folder', () => {
    expect(left.variants.map(({ method, path }) => [method, path])).toEqual(
      METHODS.map((method) => [method, `${method}/model.onnx`]),
    );
    expect(left.left_out).toEqual([]);
    for (const { path, bytes } of left.variants) expect(readFileSync(job.model(path)).length).toBe(bytes);
  });

  test.each(METHODS)('%s takes and gives what the original does, where it is served', async (method) => {
    const [ours, original] = await Promise.all([
      serve(job.model(method), 'model.onnx'),
      serve(dirname(GRAPH), 'model.onnx'),
    ]);
    expect(ours.signature).toEqual(original.signature);
  });

  // That pruning so much costs such a small net more than that is what the guard of `onnward optimize` is for.
  test.each(METHODS.slice(0, -1))(
    '%s is right within a point of the original, on rows that nobody has seen',
    async (method) => {
      const [ours, original] = [await accuracyOf(job.model(`${method}/model.onnx`)), await accuracyOf(GRAPH)];
      expect(original).toBeGreaterThan(0.96);
      expect(ours).toBeGreaterThanOrEqual(original - 0.01);
    },
  );

  test('of 8 bits are a third in size', () => {
    for (const method of ['dynamic-int8', 'static-int8']) {
      expect(left.original.bytes / (variant(method)?.bytes ?? 0)).toBeGreaterThan(method === 'dynamic-int8' ? 3 : 2.9);
    }
  });

  test('of 16 bits hold no float of 32', () => {
    const types = lookInto(job.model('fp16/model.onnx')).tensors.map(({ type }) => type);
    expect(types).toContain('FLOAT16');
    expect(types).not.toContain('FLOAT');
  });

  test('pruned: half of each tensor is 0, and only a compressed file is smaller', () => {
    const { tensors } = lookInto(job.model('prune/model.onnx'));
    const pruned = tensors.filter(({ type, dims }) => type === 'FLOAT' && dims.length > 1 && Math.min(...dims) > 1);
    expect(pruned.map(({ dims }) => dims)).toEqual([
      [64, 128],
      [128, 64],
      [64, 10],
    ]);
    for (const { zeros, dims } of pruned) expect(zeros).toBe((dims[0]! * dims[1]!) / 2);
    expect(variant('prune')?.bytes).toBe(variant('simplify')?.bytes);
    expect(variant('prune')?.gzip_bytes).toBeLessThan(0.65 * left.original.gzip_bytes);
  });

  test('say what they were made of', () => {
    expect(left.provenance).toMatchObject({
      model: { bytes: left.original.bytes, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      calibration: { rows: CALIBRATION_ROWS },
      framework: { onnxruntime: '1.31.1', onnxslim: '0.1.98' },
    });
  });

  test('come out the same, byte by byte', () => {
    const again = variantsOf(GRAPH, calibration);
    again.run({ PYTHONHASHSEED: '7' });
    expect(leftBy(again)).toEqual(left);
    for (const { path } of left.variants) {
      expect(readFileSync(again.model(path)).equals(readFileSync(job.model(path)))).toBe(true);
    }
  });
});

describe('seven bits', () => {
  const widest = (job: Job, method: string) =>
    Math.max(
      ...lookInto(job.model(`${method}/model.onnx`))
        .tensors.filter(({ type, dims }) => type === 'INT8' && dims.length > 1)
        .map(({ least, most }) => Math.max(-least, most)),
    );

  test.each([
    [{ reduce_range: 'true' }, 64],
    [{ reduce_range: 'false' }, 127],
    [{ target: 'x86_64' }, 64],
    [{ target: 'arm64' }, 127],
  ])('%j: weights reach %i', (hyperparameters, most) => {
    const job = variantsOf(GRAPH, calibration, { ...hyperparameters, methods: 'static-int8,dynamic-int8' });
    expect(job.run()).toMatchObject({ code: 0 });
    for (const method of ['static-int8', 'dynamic-int8']) expect(widest(job, method)).toBe(most);
    const reduced = leftBy(job).variants.map(({ settings }) => settings['reduce_range']);
    expect(reduced).toEqual([most === 64, most === 64]);
  });
});
