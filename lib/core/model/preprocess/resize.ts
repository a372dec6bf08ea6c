/** One channel of a picture, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** For one new element: the weights, adding up to 1, of the old ones from `start`. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

/**
 * Stretches a plane to a size, each axis on its own: the average of the area that a new pixel covers where the axis
 * shrinks (OpenCV's INTER_AREA), linear between the centres of the pixels where it grows (Pillow's BILINEAR).
 */
export function resize(plane: Plane, width: number, height: number): Plane {
  // The axis first that leaves the smaller plane between: a picture may be a very long line.
  return plane.height * width < plane.width * height
    ? alongY(alongX(plane, width), height)
    : alongX(alongY(plane, height), width);
}

function alongX(plane: Plane, width: number): Plane {
  if (width === plane.width) return plane;
  const data = new Float32Array(width * plane.height);
  for (const [x, taps] of tapsOf(plane.width, width).entries()) {
    for (let y = 0; y < plane.height; y++) data[y * width + x] = weighted(plane.data, taps, y * plane.width, 1);
  }
  return { width, height: plane.height, data };
}

function alongY(plane: Plane, height: number): Plane {
  if (height === plane.height) return plane;
  const { width } = plane;
  const data = new Float32Array(width * height);
  for (const [y, taps] of tapsOf(plane.height, height).entries()) {
    for (let x = 0; x < width; x++) data[y * width + x] = weighted(plane.data, taps, x, width);
  }
  return { width, height, data };
}

function weighted(data: Float32Array, { start, weights }: Taps, offset: number, step: number): number {
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap++) {
    sum += (weights[tap] as number) * (data[offset + (start + tap) * step] as number);
  }
  return sum;
}

const tapsOf = (from: number, to: number): Taps[] =>
  Array.from({ length: to }, (_, index) => (to < from ? areaTaps(from, to, index) : linearTaps(from, to, index)));

function areaTaps(from: number, to: number, index: number): Taps {
  const scale = from / to;
  const [low, high] = [index * scale, Math.min((index + 1) * scale, from)];
  const start = Math.floor(low);
  const weights: number[] = [];
  for (let at = start; at < high; at++) weights.push((Math.min(at + 1, high) - Math.max(at, low)) / (high - low));
  return { start, weights };
}

function linearTaps(from: number, to: number, index: number): Taps {
  const centre = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1);
  const start = Math.min(Math.floor(centre), Math.max(from - 2, 0));
  const right = centre - start;
  return from === 1 ? { start, weights: [1] } : { start, weights: [1 - right, right] };
}
