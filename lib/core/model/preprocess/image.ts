import * as v from 'valibot';
import { invalid } from '../../errors.ts';
import { allocate, type Datatype } from '../datatypes.ts';
import { numberToHalf } from '../halves.ts';
import type { Image } from '../image.ts';
import type { Signature, TensorSpec } from '../signature.ts';
import type { NamedTensor } from '../tensor.ts';
import { type ImageLayout, layoutOf } from './image-layout.ts';
import { resize } from './resize.ts';

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8192));
const finite = v.pipe(v.number(), v.finite());

/** `{ "step": "image" }` is enough where the signature leaves no doubt. */
export const imageOptions = v.looseObject({
  step: v.literal('image'),
  /** Name of the input. @default - the only one */
  input: v.optional(v.string()),
  width: v.optional(side),
  height: v.optional(side),
  /** 1: grey, by the luma of ITU-R BT.601; 3: red, green, blue. */
  channels: v.optional(v.picklist([1, 3])),
  layout: v.optional(v.picklist(['NCHW', 'NHWC', 'flat'])),
  /** What black and white become. @default [0, 1], of a UINT8 input [0, 255] */
  scale: v.optional(v.tuple([finite, finite])),
});

export type ImageOptions = v.InferOutput<typeof imageOptions>;

/** A picture as a model's input: what is transparent lies on white; the sides are stretched to the input's, uncropped. */
export function imageTensor(image: Image, options: ImageOptions, signature: Signature): NamedTensor {
  const spec = inputOf(signature, options.input);
  const layout = layoutOf(spec, options);
  const [black, white] = options.scale ?? (spec.datatype === 'UINT8' ? [0, 255] : [0, 1]);
  const { datatype } = spec;
  const convert = CONVERTERS[datatype] as (value: number) => number;
  const data = allocate(datatype, layout.width * layout.height * layout.channels);
  for (let channel = 0; channel < layout.channels; channel++) {
    const plane = resize(planeOf(image, channel, layout.channels), layout.width, layout.height);
    const { start, step } = placeOf(channel, layout);
    for (let index = 0; index < plane.data.length; index++) {
      const level = plane.data[index] as number;
      data[start + index * step] = convert(black + (level * (white - black)) / 255);
    }
  }
  return { name: spec.name, datatype, shape: layout.shape, data };
}

function inputOf({ inputs }: Signature, name: string | undefined): TensorSpec {
  const found = name === undefined && inputs.length === 1 ? inputs[0] : inputs.find((input) => input.name === name);
  const names = inputs.map(({ name }) => name).join(', ');
  if (found && CONVERTERS[found.datatype]) return found;
  const problem = found
    ? `input "${found.name}" is ${found.datatype}; a picture needs one of ${Object.keys(CONVERTERS).join(', ')}`
    : `the model has the inputs ${names}, and the preprocess step names ${name === undefined ? 'none' : `"${name}"`}`;
  throw invalid('preprocess.input', problem, { fields: { input: name, inputs: names } });
}

const clampedByte = new Uint8ClampedArray(1);

const CONVERTERS: Readonly<Partial<Record<Datatype, (value: number) => number>>> = {
  UINT8: (value) => {
    clampedByte[0] = value;
    return clampedByte[0];
  },
  FP16: numberToHalf,
  FP32: (value) => value,
  FP64: (value) => value,
};

/** One channel of the picture on white, 0 to 255. */
function planeOf({ width, height, data: rgba }: Image, channel: number, channels: number) {
  const data = new Float32Array(width * height);
  for (let index = 0, at = 0; index < data.length; index++, at += 4) {
    const [red, green, blue] = [rgba[at] as number, rgba[at + 1] as number, rgba[at + 2] as number];
    const level = channels === 3 ? (rgba[at + channel] as number) : (red * 299 + green * 587 + blue * 114) / 1000;
    const opacity = (rgba[at + 3] as number) / 255;
    data[index] = level * opacity + 255 * (1 - opacity);
  }
  return { width, height, data };
}

/** Where the channel's first pixel lies and how far it is to the next one. */
const placeOf = (channel: number, { layout, channels, width, height }: ImageLayout): { start: number; step: number } =>
  layout === 'NCHW' ? { start: channel * width * height, step: 1 } : { start: channel, step: channels };
