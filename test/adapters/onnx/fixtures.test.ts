import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { allocate, DATATYPE_NAMES, DATATYPES, type TensorData } from '#core/model/datatypes.ts';

/** What the runtime itself makes of the models of test/fixtures, so that other tests can trust them. */
const folder = join(import.meta.dirname, '../../fixtures');
const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1, logSeverityLevel: 4 };

const open = (name: string) => InferenceSession.create(join(folder, `${name}.onnx`), options);
const float = (values: number[], shape: number[]) => new Tensor('float32', Float32Array.from(values), shape);

/**
 * A tensor as the runtime's native half reads it. `new Tensor('float16', …)` would hold a Float16Array, where Node has
 * that class, and the native half sees no bytes in one: "not enough space: expected 12, got 0".
 */
const tensorOf = (type: string, data: TensorData, dims: readonly number[]) =>
  ({ type, data, dims, location: 'cpu' }) as unknown as Tensor;

/** Halves come back as a Float16Array: their bits, when `like` holds bits. */
const storedAs = (like: TensorData, data: Tensor['data'] | undefined) =>
  like instanceof Uint16Array && ArrayBuffer.isView(data)
    ? new Uint16Array(data.buffer, data.byteOffset, like.length)
    : data;

const REFUSED: Readonly<Record<string, RegExp>> = {
  bfloat16: /Unsupported data type: 16/,
  broken: /Protobuf parsing failed/,
};

const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length));

describe('the models of test/fixtures', () => {
  test.each(names.filter((name) => !(name in REFUSED)))('%s opens', async (name) => {
    const session = await open(name);
    expect(session.inputNames.length).toBeGreaterThan(0);
    expect(session.outputNames.length).toBeGreaterThan(0);
    await session.release();
  });

  test.each(Object.entries(REFUSED))('%s is refused', async (name, reason) => {
    await expect(open(name)).rejects.toThrow(reason);
  });

  test.each(DATATYPE_NAMES)('identity_%s gives back what it is given', async (datatype) => {
    const session = await open(`identity_${datatype.toLowerCase()}`);
    const { runtime } = DATATYPES[datatype];
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: runtime, shape: ['rows', 'columns'] });
    const data = allocate(datatype, 6);
    if (Array.isArray(data)) data.fill('é');
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(2n ** 53n + 1n);
    else data.fill(1);
    const { y } = await session.run({ x: tensorOf(runtime, data, [2, 3]) });
    expect(y?.type).toBe(runtime);
    expect(storedAs(data, y?.data)).toEqual(data);
    await session.release();
  });

  test('external_data adds the bias of external_data.bin', async () => {
    const session = await open('external_data');
    const { y } = await session.run({ x: float([0, 0, 0, 0], [1, 4]) });
    expect(y?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test('heavy answers x + 1, each row on its own', async () => {
    const session = await open('heavy');
    const { y } = await session.run({ x: float([1.5, -2], [2, 1]) });
    expect(y?.data).toEqual(Float32Array.of(2.5, -1));
  });

  test('mlp_rows answers three probabilities a row', async () => {
    const session = await open('mlp_rows');
    const { y } = await session.run({ x: float([1, 2, 3, 4, -1, 0, 1, 2], [2, 4]) });
    expect(y?.dims).toEqual([2, 3]);
    const [a, b, c] = Array.from((y as Tensor).data as Float32Array);
    expect(Number(a) + Number(b) + Number(c)).toBeCloseTo(1, 6);
  });

  test.each([
    ['sequence_output', 'parts'],
    ['zipmap', 'output_probability'],
  ])('%s declares %s, which is no tensor', async (name, output) => {
    const session = await open(name);
    expect(session.outputMetadata.find((entry) => entry.name === output)?.isTensor).toBe(false);
  });
});
