import { afterAll, describe, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import { fixedRows, measureBatchRows } from '#core/scoring/batch-rows.ts';
import { fixture, floats, tensor } from '../../support/models.ts';

const engine = createEngine({ workers: 0 });
const loaded: LoadedModel[] = [];
afterAll(() => Promise.all(loaded.map((model) => model.close())));

async function load(name: string): Promise<LoadedModel> {
  const model = await engine.load(fixture(name), { exact: true });
  loaded.push(model);
  return model;
}

const signatureOf = (shape: readonly number[], more: readonly number[] = []): Signature => ({
  inputs: [
    { name: 'x', datatype: 'FP32', shape },
    ...(more.length > 0 ? [{ name: 'z', datatype: 'FP32' as const, shape: more }] : []),
  ],
  outputs: [{ name: 'y', datatype: 'FP32', shape }],
  unserved: [],
});

/** A model whose runs take as long as `cost` says of their rows, by a clock of its own. */
function costing(cost: (rows: number) => number, shape: readonly number[] = [-1, 2]) {
  let time = 0;
  const tried: number[] = [];
  const model = {
    signature: signatureOf(shape),
    async infer([input]: readonly Tensor[]): Promise<readonly Tensor[]> {
      const rows = input!.shape[0]!;
      tried.push(rows);
      time += cost(rows);
      return [input!];
    },
  };
  return { model, tried, now: () => time };
}

const sample = floats([3, 2], [1, 2, 3, 4, 5, 6]);
const measure = (of: ReturnType<typeof costing>, more = {}) =>
  measureBatchRows(of.model, [sample], { now: of.now, budgetMs: 2000, ...more });

describe('rows of a tensor are', () => {
  test('as many as there can be, where each run costs the same', async () => {
    expect(await measure(costing(() => 1))).toEqual({ batchRows: 1024, msPerRow: 1 / 1024 });
  });

  test('one, where company makes no row cheaper', async () => {
    expect(await measure(costing((rows) => rows))).toEqual({ batchRows: 1, msPerRow: 1 });
  });

  test('the fewest that come within 5 % of the best', async () => {
    expect((await measure(costing((rows) => (1 + rows) / 10))).batchRows).toBe(64);
  });

  test('fewer, where more would slow each other down', async () => {
    expect((await measure(costing((rows) => 2 + rows + (rows > 16 ? rows * rows : 0)))).batchRows).toBe(16);
  });

  test('one in exact mode, and nothing else is tried', async () => {
    const of = costing(() => 1);
    expect((await measure(of, { exact: true })).batchRows).toBe(1);
    expect(new Set(of.tried)).toEqual(new Set([1]));
  });

  test('those that the graph fixes, whatever else would be faster, also in exact mode', async () => {
    expect((await measure(costing(() => 1, [8, 2]))).batchRows).toBe(8);
    expect(
      (
        await measure(
          costing(() => 1, [8, 2]),
          { exact: true },
        )
      ).batchRows,
    ).toBe(8);
  });

  test('not tried any further once a run is long', async () => {
    const of = costing((rows) => rows * 100 - 50);
    await measure(of);
    expect(Math.max(...of.tried)).toBe(4);
  });

  test('not tried any further once more of them gain nothing in runs that take their time', async () => {
    const of = costing((rows) => 3 * rows + 1);
    expect((await measure(of)).batchRows).toBe(16);
    expect(Math.max(...of.tried)).toBe(64);
  });

  test('not more than fit into some megabytes', async () => {
    const of = costing(() => 1, [-1, 250_000]);
    const wide = floats(
      [1, 250_000],
      Array.from({ length: 250_000 }, () => 1),
    );
    expect((await measureBatchRows(of.model, [wide], { now: of.now, budgetMs: 2000 })).batchRows).toBe(4);
  });

  test('one where the sample has no rows', async () => {
    const of = costing(() => 1);
    expect(await measureBatchRows(of.model, [], { now: of.now, budgetMs: 2000 })).toEqual({
      batchRows: 1,
      msPerRow: 0,
    });
  });
});

describe('of a real model', () => {
  const now = () => performance.now();

  test('whose rows are a batch, many go together', async () => {
    const model = await load('mlp_rows');
    const { batchRows, msPerRow } = await measureBatchRows(model, [floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])], {
      now,
      budgetMs: 500,
    });
    expect(batchRows).toBeGreaterThan(1);
    expect(msPerRow).toBeGreaterThan(0);
  });

  test('whose rows see each other, each goes alone', async () => {
    const model = await load('rows_interact');
    const width = Math.abs(model.signature.inputs[0]!.shape[1] ?? 1);
    const values = Array.from({ length: 2 * width }, (_, index) => index + 1);
    expect((await measureBatchRows(model, [floats([2, width], values)], { now, budgetMs: 500 })).batchRows).toBe(1);
  });

  test('that refuses all of it, none is tried for long', async () => {
    const model = await load('lookup');
    const [input] = model.signature.inputs;
    const sample = tensor(input!.datatype, [2, ...input!.shape.slice(1).map(Math.abs)], BigInt64Array.from([99n, 99n]));
    expect(await measureBatchRows(model, [sample], { now, budgetMs: 500 })).toEqual({ batchRows: 1, msPerRow: 0 });
  });
});

test('the first dimension is fixed where an input fixes it', () => {
  expect(fixedRows(signatureOf([-1, 2]))).toBeUndefined();
  expect(fixedRows(signatureOf([5, 2]))).toBe(5);
  expect(fixedRows(signatureOf([-1, 2], [1, 2]))).toBe(1);
  expect(fixedRows(signatureOf([]))).toBe(1);
});
