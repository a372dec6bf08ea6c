import { crc32, inflateSync } from 'node:zlib';
import type { Image } from '#core/model/image.ts';
import { passesOf, scanlines } from './png-scanlines.ts';

/** Samples a pixel by colour type, and the depths allowed. Source: PNG specification (third edition), table 12. */
const COLOUR_TYPES: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

const SIGNATURE_SIZE = 8;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

interface PngChunks {
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array;
  readonly data: Uint8Array;
}

/** The size that a PNG says it has, before anything is allocated for it. Throws RangeError where it is malformed. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colourType, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  if (view.getUint32(12) !== 0x49484452) throw new RangeError('it does not begin with a header');
  if (width === 0 || height === 0) throw new RangeError('it has no pixels');
  if (!COLOUR_TYPES[colourType]?.depths.includes(depth)) {
    throw new RangeError(`colour type ${colourType} with ${depth} bits is unknown`);
  }
  if (interlace > 1) throw new RangeError(`interlace method ${interlace} is unknown`);
  return { width, height, depth, colourType, interlaced: interlace === 1 };
}

/**
 * Decodes every colour type, depth and interlacing; 16 bits are rounded to 8; colour profiles and gamma are not applied.
 * Inflates no more than the header promises, so that a small file cannot fill the memory. Throws where it is malformed.
 */
export function decodePng(bytes: Uint8Array, header: PngHeader): Image {
  const { width, height, depth, interlaced, colourType } = header;
  const chunks = readChunks(bytes);
  const bits = depth * samplesOf(colourType);
  const passes = passesOf(width, height, interlaced).map((pass) => ({
    ...pass,
    size: Math.ceil((pass.width * bits) / 8),
  }));
  const length = passes.reduce((sum, { height, size }) => sum + height * (size + 1), 0);
  const inflated = inflateSync(chunks.data, { maxOutputLength: length });
  if (inflated.length < length) throw new RangeError(`it has ${inflated.length} bytes of pixels and needs ${length}`);
  const data = new Uint8Array(width * height * 4);
  const write = pixelWriter(header, chunks, data);
  let offset = 0;
  for (const pass of passes) {
    let y = pass.y;
    for (const line of scanlines(inflated.subarray(offset), pass.height, pass.size, Math.ceil(bits / 8))) {
      for (let i = 0; i < pass.width; i++) write(line, i, (y * width + pass.x + i * pass.dx) * 4);
      y += pass.dy;
    }
    offset += pass.height * (pass.size + 1);
  }
  return { width, height, data };
}

const samplesOf = (colourType: number): number => COLOUR_TYPES[colourType]?.samples ?? 0;

const NONE: Uint8Array = new Uint8Array();

function readChunks(bytes: Uint8Array): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = { palette: NONE, transparency: NONE, data: [] as Uint8Array[] };
  for (let offset = SIGNATURE_SIZE; ;) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    const crc = view.getUint32(offset + 8 + length);
    if (crc !== crc32(bytes.subarray(offset + 4, offset + 8 + length)))
      throw new RangeError(`chunk ${type} is damaged`);
    if (type === 'IEND') return { ...chunks, data: Buffer.concat(chunks.data) };
    if (type === 'PLTE') chunks.palette = content;
    else if (type === 'tRNS') chunks.transparency = content;
    else if (type === 'IDAT') chunks.data.push(content);
    offset += 12 + length;
  }
}

/** Writes the pixel `index` of a line as RGBA at `at`. */
type PixelWriter = (line: Uint8Array, index: number, at: number) => void;

function pixelWriter(header: PngHeader, { palette, transparency }: PngChunks, rgba: Uint8Array): PixelWriter {
  const { depth, colourType } = header;
  const sample = sampleReader(depth);
  if (colourType === 3) {
    return (line, index, at) => {
      const entry = sample(line, index);
      if (entry * 3 + 3 > palette.length) throw new RangeError(`palette has no colour ${entry}`);
      rgba.set(palette.subarray(entry * 3, entry * 3 + 3), at);
      rgba[at + 3] = transparency[entry] ?? 255;
    };
  }
  const samples = samplesOf(colourType);
  const colours = samples < 3 ? 1 : 3;
  const scale = 255 / (2 ** depth - 1);
  const invisible = invisibleColour(transparency, colours);
  return (line, index, at) => {
    const first = index * samples;
    let matches = invisible !== undefined;
    for (let channel = 0; channel < 3; channel++) {
      const value = sample(line, first + Math.min(channel, colours - 1));
      rgba[at + channel] = Math.round(value * scale);
      matches &&= value === invisible?.[Math.min(channel, colours - 1)];
    }
    const alpha = samples > colours ? Math.round(sample(line, first + colours) * scale) : 255;
    rgba[at + 3] = matches ? 0 : alpha;
  };
}

/** The one colour that tRNS makes transparent, 16 bits a sample. */
function invisibleColour(transparency: Uint8Array, colours: number): number[] | undefined {
  if (transparency.length !== colours * 2) return undefined;
  const view = new DataView(transparency.buffer, transparency.byteOffset, transparency.length);
  return Array.from({ length: colours }, (_, channel) => view.getUint16(channel * 2));
}

function sampleReader(depth: number): (line: Uint8Array, index: number) => number {
  if (depth === 8) return (line, index) => line[index] as number;
  if (depth === 16) return (line, index) => ((line[2 * index] as number) << 8) | (line[2 * index + 1] as number);
  const mask = 2 ** depth - 1;
  return (line, index) => {
    const bit = index * depth;
    return ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & mask;
  };
}
