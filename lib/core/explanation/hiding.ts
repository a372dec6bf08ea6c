/** How the pixels of one picture lie in its row of numbers: a plane a channel, or the channels of a pixel together. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly planes: boolean;
}

/** What hides a patch: each channel's mean over the picture, the picture blurred, or one value. */
export type Fill = 'mean' | 'blur' | number;

/** In pixels; what goes over the end of the picture is left out. */
interface Patch {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Gives the picture without a patch of it. A blur is a mean of the pixels that lie no further off than `radius` on each side. */
export function hiding(
  row: Float64Array,
  picture: Picture,
  fill: Fill,
  radius: number,
): (patch: Patch) => Float64Array {
  const filled = FILLS[typeof fill === 'number' ? 'value' : fill](row, picture, fill as never, radius);
  return ({ top, left, bottom, right }) => {
    const hidden = row.slice();
    for (let y = top; y < Math.min(bottom, picture.height); y++) {
      for (let x = left; x < Math.min(right, picture.width); x++) {
        for (let channel = 0; channel < picture.channels; channel++) {
          const at = placeOf(picture, channel, y, x);
          hidden[at] = filled[at]!;
        }
      }
    }
    return hidden;
  };
}

const placeOf = ({ height, width, channels, planes }: Picture, channel: number, y: number, x: number): number =>
  planes ? (channel * height + y) * width + x : (y * width + x) * channels + channel;

const FILLS = {
  value: (row: Float64Array, _picture: Picture, value: number) => row.map(() => value),
  mean: (row: Float64Array, picture: Picture) => {
    const { height, width, channels, planes } = picture;
    const channelOf = (at: number): number => (planes ? Math.floor(at / (height * width)) : at % channels);
    const sums = new Float64Array(channels);
    for (const [at, value] of row.entries()) sums[channelOf(at)]! += value;
    return row.map((_, at) => sums[channelOf(at)]! / (height * width));
  },
  blur: (row: Float64Array, picture: Picture, _fill: 'blur', radius: number) => {
    const { height, width } = picture;
    return alongEach(alongEach(row, picture, width, radius, true), picture, height, radius, false);
  },
} as const;

/** Means along the lines of one direction: the sums of neighbours are taken from those of all before. */
function alongEach(row: Float64Array, picture: Picture, length: number, radius: number, across: boolean): Float64Array {
  const blurred = new Float64Array(row.length);
  const sums = new Float64Array(length + 1);
  const lines = across ? picture.height : picture.width;
  for (let channel = 0; channel < picture.channels; channel++) {
    for (let line = 0; line < lines; line++) {
      const at = (place: number): number =>
        across ? placeOf(picture, channel, line, place) : placeOf(picture, channel, place, line);
      for (let place = 0; place < length; place++) sums[place + 1] = sums[place]! + row[at(place)]!;
      for (let place = 0; place < length; place++) {
        const [from, to] = [Math.max(0, place - radius), Math.min(length, place + radius + 1)];
        blurred[at(place)] = (sums[to]! - sums[from]!) / (to - from);
      }
    }
  }
  return blurred;
}
