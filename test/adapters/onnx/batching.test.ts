import { describe, expect, it } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel, LoadOptions } from '#core/ports.ts';
import { fixture, floats, tensor } from '../../support/models.ts';

const engine = createEngine({ workers: 1 });

async function withModel<T>(name: string, options: LoadOptions, use: (model: LoadedModel) => Promise<T>): Promise<T> {
  const model = await engine.load(fixture(name), options);
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

const row = (seed: number): Tensor => floats([1, 4], [seed, seed + 0.25, -seed, 1 / (seed + 1)]);
const valuesOf = (outputs: readonly Tensor[]): number[] => Array.from((outputs[0] as Tensor).data as Float32Array);
const sizesOf = (model: LoadedModel): number[] => model.statistics.batches.map(({ size }) => size);

describe('requests that arrive together', () => {
  it('share runs, and each gets the answer that it gets alone', async () => {
    await withModel('mlp_rows', {}, async (model) => {
      const alone: number[][] = [];
      for (let i = 0; i < 40; i++) alone.push(valuesOf(await model.infer([row(i)])));
      const together = await Promise.all(Array.from({ length: 40 }, (_, i) => model.infer([row(i)])));
      together.forEach((outputs, i) => {
        valuesOf(outputs).forEach((value, j) => expect(value).toBeCloseTo(alone[i]?.[j] as number, 6));
      });
      expect(Math.max(...sizesOf(model))).toBe(16);
      expect(model.statistics).toMatchObject({ inferenceCount: 80, success: { count: 80 } });
      expect(model.statistics.executionCount).toBeLessThan(50);
    });
  });

  it('keep their own rows, where they bring several', async () => {
    await withModel('identity_fp32', {}, async (model) => {
      const inputs = [1, 3, 2].map((rows, i) =>
        floats(
          [rows, 2],
          Array.from({ length: rows * 2 }, (_, j) => i * 100 + j),
        ),
      );
      const outputs = await Promise.all(inputs.map((input) => model.infer([input])));
      expect(outputs).toEqual(inputs.map((input) => [input]));
      expect(sizesOf(model)).toEqual([3]);
    });
  });

  it('of other shapes run apart, in order', async () => {
    await withModel('identity_fp32', {}, async (model) => {
      const inputs = [floats([1, 2], [1, 2]), floats([1, 3], [1, 2, 3]), floats([1, 2], [3, 4])];
      expect(await Promise.all(inputs.map((input) => model.infer([input])))).toEqual(inputs.map((input) => [input]));
      expect(model.statistics.executionCount).toBe(3);
    });
  });

  it('do not share memory: writing to one answer leaves the others alone', async () => {
    await withModel('identity_fp32', {}, async (model) => {
      const [a, b] = await Promise.all([model.infer([floats([1, 1], [1])]), model.infer([floats([1, 1], [2])])]);
      ((a as Tensor[])[0] as Tensor).data.fill(99 as never);
      expect(valuesOf(b as Tensor[])).toEqual([2]);
    });
  });

  it('never share a run where the model asks for exactness', async () => {
    await withModel('mlp_rows', { exact: true }, async (model) => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => model.infer([row(i)])));
      expect(sizesOf(model)).toEqual([1]);
    });
  });

  it('never share a run where the rows of the model are no batch: tried at loading, not believed', async () => {
    await withModel('rows_interact', {}, async (model) => {
      const answers = await Promise.all([model.infer([floats([1, 2], [1, 2])]), model.infer([floats([1, 2], [3, 4])])]);
      expect(answers.map(valuesOf)).toEqual([
        [1, 1],
        [1, 1],
      ]);
      expect(sizesOf(model)).toEqual([1]);
    });
  });

  it.each(['fixed_shape', 'scalar'])('never share a run in a model without rows: %s', async (name) => {
    await withModel(name, {}, async (model) => {
      const input = name === 'scalar' ? floats([], [1]) : floats([2, 3], [1, 2, 3, 4, 5, 6]);
      await Promise.all([model.infer([input]), model.infer([input])]);
      expect(sizesOf(model)).toEqual([1]);
      expect(model.statistics.inferenceCount).toBe(2);
    });
  });

  it('are not failed by a neighbour that the model cannot compute', async () => {
    await withModel('lookup', {}, async (model) => {
      const answers = await Promise.allSettled(
        [0n, 99n, 3n].map((index) => model.infer([tensor('INT64', [1], BigInt64Array.of(index))])),
      );
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(answers.flatMap((answer) => (answer.status === 'fulfilled' ? valuesOf(answer.value) : []))).toEqual([
        10, 13,
      ]);
      expect(model.statistics).toMatchObject({ success: { count: 2 }, fail: { count: 1 } });
    });
  });
});
