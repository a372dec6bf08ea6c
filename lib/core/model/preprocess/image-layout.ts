import { invalid, type OnnwardError } from '../../errors.ts';
import type { TensorSpec } from '../signature.ts';
import { typeOf } from '../tensor.ts';

/** How pixels lie in the tensor: a plane a channel, the channels of a pixel together, or those in one long row. */
type Layout = 'NCHW' | 'NHWC' | 'flat';

/** What the manifest says of it; the rest is read from the signature. */
export interface LayoutOptions {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly channels?: 1 | 3 | undefined;
  readonly layout?: Layout | undefined;
}

export interface ImageLayout {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly layout: Layout;
  /** Of one picture: the first dimension is 1. */
  readonly shape: readonly number[];
}

/**
 * Joins what is said with what the signature leaves no doubt of: [-1, 1|3, H, W], [-1, H, W, 1|3], [-1, H, W] (grey), and
 * [-1, N] where width and height are said. Throws `preprocess.shape`.
 */
export function layoutOf(spec: TensorSpec, options: LayoutOptions): ImageLayout {
  const declared = declaredBy(spec, options);
  const width = agreed(spec, 'width', options.width, declared.width);
  const height = agreed(spec, 'height', options.height, declared.height);
  const channels = pictured(spec, agreed(spec, 'channels', options.channels, declared.channels));
  const { layout } = declared;
  const size = width * height * channels;
  if (layout === 'flat' && ![-1, size].includes(spec.shape[1] as number)) {
    throw misfit(spec, `does not hold ${width} × ${height} × ${channels} = ${size} elements`);
  }
  return { width, height, channels, layout, shape: shapeOf(spec, { width, height, channels, layout }) };
}

type Declared = { layout: Layout; width: number; height: number; channels: number };

/** -1 where the signature leaves it open. */
function declaredBy(spec: TensorSpec, options: LayoutOptions): Declared {
  const [rows = 0, a = 0, b = 0, c = 0] = spec.shape;
  if (rows !== -1 && rows !== 1) throw misfit(spec, 'takes no single picture: its first dimension is neither -1 nor 1');
  switch (spec.shape.length) {
    case 2:
      return { layout: 'flat', width: -1, height: -1, channels: options.channels ?? 1 };
    case 3:
      return { layout: options.layout ?? 'NCHW', width: b, height: a, channels: 1 };
    case 4:
      return layoutOfFour(spec, options) === 'NCHW'
        ? { layout: 'NCHW', channels: a, height: b, width: c }
        : { layout: 'NHWC', height: a, width: b, channels: c };
    default:
      throw misfit(spec, 'has not the shape of a picture: [-1, channels, height, width] or one like it');
  }
}

function layoutOfFour(spec: TensorSpec, { layout }: LayoutOptions): Layout {
  if (layout) return layout;
  const [first, last] = [spec.shape[1], spec.shape[3]].map((channels) => channels === 1 || channels === 3);
  if (first === last) throw misfit(spec, 'may be NCHW or NHWC: say "layout" in the preprocess step');
  return first ? 'NCHW' : 'NHWC';
}

function agreed(spec: TensorSpec, field: string, said: number | undefined, declared: number): number {
  const value = said ?? declared;
  if (value === -1) throw misfit(spec, `leaves the ${field} open: say "${field}" in the preprocess step`);
  if (declared !== -1 && value !== declared)
    throw misfit(spec, `has ${field} ${declared}, the preprocess step ${value}`);
  return value;
}

function pictured(spec: TensorSpec, channels: number): 1 | 3 {
  if (channels === 1 || channels === 3) return channels;
  throw misfit(spec, `has ${channels} channels; a picture has 1 or 3`);
}

function shapeOf({ shape }: TensorSpec, { width, height, channels, layout }: Omit<ImageLayout, 'shape'>): number[] {
  if (shape.length === 2) return [1, width * height * channels];
  if (shape.length === 3) return [1, height, width];
  return layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
}

const misfit = (spec: TensorSpec, problem: string): OnnwardError =>
  invalid('preprocess.shape', `input "${spec.name}" (${typeOf(spec)}) ${problem}`, {
    fields: { input: spec.name, shape: spec.shape },
  });
