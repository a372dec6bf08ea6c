import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { loadWithOutput } from '#adapters/onnx/hidden.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import type { CapturedEvent, Cell } from '#core/monitoring/capture/captured.ts';
import { hiddenOf } from '#core/monitoring/features/hidden-of-event.ts';
import type { LoadedModel } from '#core/ports.ts';

const HIDDEN = 'next_activations1';
const DIGITS = fileURLToPath(new URL('../../../../examples/digits/model.onnx', import.meta.url));

interface Asked {
  readonly datatype?: Datatype;
  readonly shape?: readonly number[];
  readonly name?: string;
  readonly more?: Partial<CapturedEvent>;
}

const eventOf = (
  data: readonly Cell[] | undefined,
  { datatype = 'FP32', shape = [2, 1, 8, 8], name = 'image', more = {} }: Asked = {},
): CapturedEvent => ({
  id: 'e-1',
  at: 0,
  model: 'digits',
  version: 1,
  target: '1',
  rows: shape[0] as number,
  inputs: [{ name, datatype, shape, ...(data && { data }) }],
  outputs: [],
  ...more,
});

const PIXELS = Array.from({ length: 128 }, (_, index) => (index % 17) / 16);

describe('of a captured request', () => {
  let model: LoadedModel;

  beforeAll(async () => {
    const files = { folder: dirname(DIGITS), graph: 'model.onnx', files: [] };
    model = await loadWithOutput(createEngine({ workers: 0 }), files, HIDDEN);
  });

  afterAll(() => model.close());

  test('each row has its own', async () => {
    const hidden = await hiddenOf(model, HIDDEN, eventOf(PIXELS));
    const image = { datatype: 'FP32', shape: [2, 1, 8, 8], data: Float32Array.from(PIXELS) } as const;
    expect(hidden).toStrictEqual((await model.infer([image])).at(-1));
    expect(hidden?.shape).toStrictEqual([2, 64]);
  });

  test.each([
    ['it was too large to be kept', eventOf(undefined)],
    ['rows of it were left out', eventOf(PIXELS.slice(0, 64))],
    ['it was hashed', eventOf(['h:abc', ...PIXELS.slice(1)])],
    ['an element of it is sensitive', eventOf(PIXELS, { more: { redacted: { 'image[3]': 'mask' } } })],
    ['it is sensitive', eventOf(PIXELS, { more: { redacted: { image: 'drop' } } })],
    ['it is of another model', eventOf(PIXELS, { name: 'picture' })],
    ['the model does not take it', eventOf(PIXELS.slice(0, 98), { shape: [2, 1, 7, 7] })],
  ])('none where %s', async (_, event) => {
    expect(await hiddenOf(model, HIDDEN, event)).toBeUndefined();
  });

  test('none of a tensor that the model does not give', async () => {
    expect(await hiddenOf(model, 'another', eventOf(PIXELS))).toBeUndefined();
  });
});

describe('inputs are as they were asked', () => {
  /** Gives its input back. */
  const echo = (datatype: Datatype): Pick<LoadedModel, 'infer' | 'signature'> => ({
    signature: {
      inputs: [{ name: 'x', datatype, shape: [-1] }],
      outputs: [{ name: 'x', datatype, shape: [-1] }],
      unserved: [],
    },
    infer: (inputs) => Promise.resolve(inputs),
  });
  const asked = async (datatype: Datatype, cells: readonly Cell[]) =>
    (await hiddenOf(echo(datatype), 'x', eventOf(cells, { datatype, shape: [cells.length], name: 'x' })))?.data;

  test.each<[Datatype, readonly Cell[], unknown]>([
    ['FP64', [1.5, null], Float64Array.of(1.5, NaN)],
    ['FP16', [1, null], Uint16Array.of(0x3c00, 0x7e00)],
    ['INT64', [5, '9007199254740993'], BigInt64Array.of(5n, 9007199254740993n)],
    ['UINT8', [255, 0], Uint8Array.of(255, 0)],
    ['BOOL', [1, 0], Uint8Array.of(1, 0)],
    ['BYTES', ['a', 'b'], ['a', 'b']],
    ['INT64', [null], undefined],
    ['INT64', ['h:abc'], undefined],
    ['INT64', [1.5], undefined],
    ['INT32', ['5'], undefined],
    ['BYTES', [null], undefined],
  ])('%s of %s', async (datatype, cells, data) => {
    expect(await asked(datatype, cells)).toStrictEqual(data);
  });
});

test('a machine’s trouble is none of the row’s', async () => {
  const signature = { inputs: [], outputs: [{ name: 'x', datatype: 'FP32' as const, shape: [-1] }], unserved: [] };
  const infer = () => Promise.reject(new OnnwardError('busy', { code: 'model.busy', kind: 'overloaded' }));
  await expect(hiddenOf({ signature, infer }, 'x', { ...eventOf([]), inputs: [] })).rejects.toThrow('busy');
});
