import { describe, expect, test } from 'vitest';
import type { Datatype } from '#core/model/datatypes.ts';
import { numberToHalf } from '#core/model/halves.ts';
import type { Image } from '#core/model/image.ts';
import { preprocess } from '#core/model/preprocess.ts';
import type { Signature } from '#core/model/signature.ts';

/** 3 × 2: red, green, blue; black, white, half-transparent black. */
const PICTURE: Image = {
  width: 3,
  height: 2,
  data: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 51),
};

const taking = (shape: number[], datatype: Datatype = 'FP32', names = ['x']): Signature => ({
  inputs: names.map((name) => ({ name, datatype, shape })),
  outputs: [],
  unserved: [],
});

const tensorOf = (signature: Signature, step?: object) =>
  preprocess(PICTURE, { signature, preprocess: step && [{ step: 'image', ...step }] });

const values = (signature: Signature, step?: object): number[] =>
  Array.from(tensorOf(signature, step).data as Float32Array, (value) => Math.round(value * 1000) / 1000);

const RED = [1, 0, 0, 0, 1, 0.8];
const GREEN = [0, 1, 0, 0, 1, 0.8];
const BLUE = [0, 0, 1, 0, 1, 0.8];
const GREY = [0.299, 0.587, 0.114, 0, 1, 0.8];
const TOGETHER = RED.flatMap((red, index) => [red, GREEN[index] as number, BLUE[index] as number]);

describe('without a step, the signature tells', () => {
  test.each<[number[], number[], number[]]>([
    [[1, 1, 2, -1], [1, 1, 2, 3], GREY],
    [[-1, 2, 3], [1, 2, 3], GREY],
    [[-1, 2, 3, 1], [1, 2, 3, 1], GREY],
  ])('%j', (declared, shape, expected) => {
    const step = declared.includes(-1, 1) ? { width: 3 } : undefined;
    expect(tensorOf(taking(declared), step)).toMatchObject({ name: 'x', datatype: 'FP32', shape });
    expect(values(taking(declared), step)).toStrictEqual(expected);
  });

  test.each([[[-1, 3, 2, 4]], [[-1, 2, 4, 3]]])('colour, the channels being where 3 stands: %j', (declared) => {
    const blue = { width: 4, height: 2, data: Uint8Array.from({ length: 32 }, (_, at) => (at % 4 < 2 ? 0 : 255)) };
    const { shape, data } = preprocess(blue, { signature: taking(declared) });
    expect(shape).toStrictEqual([1, ...declared.slice(1)]);
    const planes = declared[1] === 3;
    expect([...data]).toStrictEqual(Array.from({ length: 24 }, (_, at) => Number(planes ? at >= 16 : at % 3 === 2)));
  });

  test('the picture is stretched to the input', () => {
    const half = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255) };
    const tensor = preprocess(half, { signature: taking([-1, 1, 2, 4]) });
    expect([...tensor.data]).toStrictEqual([0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]);
  });
});

describe('what the step says', () => {
  test.each<[string, number[], object, number[]]>([
    ['flat grey', [-1, 6], { width: 3, height: 2 }, GREY],
    ['flat colour, channels together', [-1, -1], { width: 3, height: 2, channels: 3 }, TOGETHER],
    ['the layout, where both are possible', [-1, 3, 2, 3], { layout: 'NHWC', height: 3, width: 2 }, []],
    ['sizes that are open', [-1, 3, -1, -1], { width: 3, height: 2 }, [...RED, ...GREEN, ...BLUE]],
    ['channels that are open', [-1, -1, 2, 3], { channels: 1, layout: 'NCHW' }, GREY],
    ['colour, a plane a channel', [-1, 3, 2, 3], { layout: 'NCHW' }, [...RED, ...GREEN, ...BLUE]],
    ['colour, channels last', [-1, 2, 3, 3], { layout: 'NHWC' }, TOGETHER],
    ['another scale', [-1, 2, 3], { scale: [-1, 1] }, GREY.map((grey) => Math.round((grey * 2 - 1) * 1000) / 1000)],
    ['white first', [-1, 2, 3], { scale: [255, 0] }, GREY.map((grey) => Math.round((1 - grey) * 255_000) / 1000)],
  ])('%s', (_, shape, step, expected) => {
    const found = values(taking(shape), step);
    if (expected.length > 0) expect(found).toStrictEqual(expected);
    else expect(found).toHaveLength(18);
  });

  test('which input of several', () => {
    const signature = taking([-1, 2, 3], 'FP32', ['mask', 'pixels']);
    expect(tensorOf(signature, { input: 'pixels' }).name).toBe('pixels');
  });
});

describe('datatypes', () => {
  const at = (datatype: Datatype, step?: object) => tensorOf(taking([-1, 2, 3], datatype), step).data;
  test('UINT8 keeps 0 to 255, rounded and never wrapped', () => {
    expect(at('UINT8')).toStrictEqual(Uint8Array.of(76, 150, 29, 0, 255, 204));
    expect(at('UINT8', { scale: [-10, 300] })).toStrictEqual(Uint8Array.of(83, 172, 25, 0, 255, 238));
  });
  test('FP16 holds the bits of halves', () => {
    expect(at('FP16')).toStrictEqual(Uint16Array.from(GREY, numberToHalf));
  });
  test('FP64 is exact', () => {
    expect((at('FP64') as Float64Array)[4]).toBe(1);
  });
});

describe('refusals', () => {
  test.each<[string, Signature, object | undefined, string, RegExp]>([
    [
      'several inputs and none named',
      taking([-1, 2, 3], 'FP32', ['a', 'b']),
      undefined,
      'input',
      /inputs a, b, .*names none/,
    ],
    ['an input that is not there', taking([-1, 2, 3]), { input: 'y' }, 'input', /names "y"/],
    ['text', taking([-1, 2, 3], 'BYTES'), undefined, 'input', /"x" is BYTES; a picture needs one of UINT8, FP16/],
    ['a table', taking([-1, 4]), undefined, 'shape', /"x" \(FP32 \[-1, 4\]\) leaves the width open: say "width"/],
    ['a flat size that differs', taking([-1, 4]), { width: 2, height: 3 }, 'shape', /does not hold 2 × 3 × 1 = 6/],
    ['NCHW or NHWC', taking([-1, 3, 8, 3]), undefined, 'shape', /may be NCHW or NHWC: say "layout"/],
    ['neither', taking([-1, 5, 8, 5]), undefined, 'shape', /may be NCHW or NHWC/],
    ['two channels', taking([-1, 2, 8, 8]), { layout: 'NCHW' }, 'shape', /has 2 channels; a picture has 1 or 3/],
    ['another width', taking([-1, 1, 8, 8]), { width: 9 }, 'shape', /has width 8, the preprocess step 9/],
    ['other channels', taking([-1, 2, 3]), { channels: 3 }, 'shape', /has channels 1, the preprocess step 3/],
    ['pictures by two', taking([2, 1, 8, 8]), undefined, 'shape', /first dimension is neither -1 nor 1/],
    ['no dimension', taking([]), undefined, 'shape', /no single picture/],
    ['a vector', taking([-1]), undefined, 'shape', /has not the shape of a picture/],
    ['five dimensions', taking([1, 1, 3, 8, 8]), undefined, 'shape', /has not the shape of a picture/],
    ['a width that is none', taking([-1, 6]), { width: 0, height: 2 }, 'step', /"image": width is 0, not >=1/],
    ['a side beyond reason', taking([-1, -1]), { width: 1e6, height: 1e6 }, 'step', /width is 1000000, not <=8192/],
    ['four channels', taking([-1, -1]), { channels: 4 }, 'step', /channels is 4/],
    ['an infinite scale', taking([-1, 2, 3]), { scale: [0, Infinity] }, 'step', /scale\.1 is Infinity/],
  ])('%s', (_, signature, step, what, message) => {
    expect(() => tensorOf(signature, step)).toThrow(
      expect.objectContaining({ code: `preprocess.${what}`, kind: 'invalid' }),
    );
    expect(() => tensorOf(signature, step)).toThrow(message);
  });

  test.each([
    ['an unknown step', [{ step: 'crop' }], /"crop" is unknown; known: image/],
    ['a step of the language itself', [{ step: 'constructor' }], /"constructor" is unknown/],
    ['two steps', [{ step: 'image' }, { step: 'image' }], /one preprocess step/],
    ['no step', [], /one preprocess step/],
  ])('%s', (_, steps, message) => {
    const run = () => preprocess(PICTURE, { signature: taking([-1, 2, 3]), preprocess: steps });
    expect(run).toThrow(expect.objectContaining({ code: 'preprocess.unknown' }));
    expect(run).toThrow(message);
  });
});
