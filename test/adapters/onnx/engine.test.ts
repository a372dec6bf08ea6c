import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { DATATYPE_NAMES, DATATYPES, type Datatype, type TensorData } from '#core/model/datatypes.ts';
import type { LoadedModel, LoadOptions, ModelFiles } from '#core/ports.ts';
import { fixture, floats, tensor } from '../../support/models.ts';

const engine = createEngine({ workers: 2 });
const open: LoadedModel[] = [];

async function load(files: ModelFiles, options?: LoadOptions): Promise<LoadedModel> {
  const model = await engine.load(files, options);
  open.push(model);
  return model;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()));
});

const samples: Record<Datatype, TensorData> = {
  BOOL: Uint8Array.of(0, 1, 1, 0),
  UINT8: Uint8Array.of(0, 1, 254, 255),
  UINT16: Uint16Array.of(0, 1, 65534, 65535),
  UINT32: Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1),
  UINT64: BigUint64Array.of(0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n),
  INT8: Int8Array.of(-128, -1, 0, 127),
  INT16: Int16Array.of(-32768, -1, 0, 32767),
  INT32: Int32Array.of(-(2 ** 31), -1, 0, 2 ** 31 - 1),
  INT64: BigInt64Array.of(-(2n ** 63n), -1n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  FP16: Uint16Array.of(0x0001, 0x3c00, 0x7bff, 0x7c00),
  FP32: Float32Array.of(-0, 1.5, 3.4e38, Infinity),
  FP64: Float64Array.of(-0, Math.PI, 1.7e308, -Infinity),
  BYTES: ['', 'plain', 'grüße 🎉', '{"a":1}'],
};

describe('every datatype', () => {
  it.each(DATATYPE_NAMES)('%s passes through a model unchanged', async (datatype) => {
    const model = await load(fixture(`identity_${datatype.toLowerCase()}`));
    const input = tensor(datatype, [2, 2], samples[datatype]);
    const [output] = await model.infer([input]);
    expect(output?.datatype).toBe(datatype);
    expect(output?.shape).toEqual([2, 2]);
    expect(Array.from(output?.data as ArrayLike<unknown>)).toEqual(Array.from(input.data as ArrayLike<unknown>));
  });

  it.each(DATATYPE_NAMES)('%s may be empty', async (datatype) => {
    const model = await load(fixture(`identity_${datatype.toLowerCase()}`));
    const empty = DATATYPES[datatype].array ? new DATATYPES[datatype].array(0) : [];
    const [output] = await model.infer([tensor(datatype, [0, 3], empty)]);
    expect(output?.shape).toEqual([0, 3]);
    expect(output?.data).toHaveLength(0);
  });
});

describe('what a graph declares', () => {
  it('is read with its dimension names, and -1 where a dimension may vary', async () => {
    const { signature } = await load(fixture('identity_pair'));
    expect(signature.inputs).toEqual([
      { name: 'a', datatype: 'FP32', shape: [-1, 3], dimensions: ['rows', ''] },
      { name: 'b', datatype: 'INT64', shape: [-1], dimensions: ['count'] },
    ]);
    expect(signature.unserved).toEqual([]);
  });

  it.each([
    ['sequence_output', 'parts', /sequence/],
    ['zipmap', 'output_probability', /ZipMap/],
    ['bfloat16', 'rough', /BFLOAT16/],
  ])('%s: output %s is left out with the reason and the cure, the others work', async (name, output, reason) => {
    const { signature } = await load(fixture(name));
    expect(signature.unserved).toEqual([
      {
        name: output,
        reason: expect.stringMatching(reason),
        cure: expect.stringMatching(/zipmap|Cast to FLOAT|SequenceAt/),
      },
    ]);
    expect(signature.outputs).toHaveLength(1);
  });

  it('scalars and fixed shapes run', async () => {
    const [scalar] = await (await load(fixture('scalar'))).infer([floats([], [7])]);
    expect(scalar).toEqual(floats([], [7]));
    const [fixed] = await (await load(fixture('fixed_shape'))).infer([floats([2, 3], [1, 2, 3, 4, 5, 6])]);
    expect(fixed).toEqual(floats([2, 3], [1, 2, 3, 4, 5, 6]));
  });

  it('weights in files of their own are found beside the graph', async () => {
    const model = await load(fixture('external_data', 'external_data.bin'));
    const [output] = await model.infer([floats([1, 4], [0, 0, 0, 0])]);
    expect(output?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });
});

describe('what is refused', () => {
  it('a broken file, in one sentence', async () => {
    await expect(load(fixture('broken'))).rejects.toMatchObject({ code: 'model.unreadable', kind: 'invalid' });
  });

  it('a file that is not the one that was registered, though the runtime would run it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnward-'));
    const files = fixture('mlp_rows');
    copyFileSync(join(files.folder, 'lookup.onnx'), join(folder, 'mlp_rows.onnx'));
    await expect(load({ ...files, folder })).rejects.toMatchObject({
      code: 'model.corrupt',
      message: expect.stringContaining('mlp_rows.onnx'),
    });
  });

  it('touched weights beside an untouched graph', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnward-'));
    const files = fixture('external_data', 'external_data.bin');
    copyFileSync(join(files.folder, files.graph), join(folder, files.graph));
    writeFileSync(join(folder, 'external_data.bin'), new Float32Array([9, 9, 9, 9]));
    await expect(load({ ...files, folder })).rejects.toMatchObject({ fields: { path: 'external_data.bin' } });
  });

  it('a file that was touched and no longer loads is named as touched, not as a bad export', async () => {
    const files = fixture('mlp_rows');
    const folder = mkdtempSync(join(tmpdir(), 'onnward-'));
    copyFileSync(join(files.folder, 'broken.onnx'), join(folder, 'mlp_rows.onnx'));
    await expect(load({ ...files, folder })).rejects.toMatchObject({ code: 'model.corrupt' });
  });

  it('values that the model cannot compute, in the words of the runtime', async () => {
    const model = await load(fixture('lookup'));
    await expect(model.infer([tensor('INT64', [1], BigInt64Array.of(9n))])).rejects.toMatchObject({
      code: 'model.run_failed',
      kind: 'invalid',
      message: expect.stringContaining('out of data bounds'),
    });
  });

  it('requests after close', async () => {
    const model = await engine.load(fixture('mlp_rows'));
    await model.close();
    await expect(model.infer([floats([1, 4], [1, 2, 3, 4])])).rejects.toMatchObject({ code: 'model.closing' });
  });
});
