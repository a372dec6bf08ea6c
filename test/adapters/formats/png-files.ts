import { crc32, deflateSync } from 'node:zlib';

/** A PNG said field by field, so that tests can make every kind and break each. */
export interface PngFile {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  /** One list of samples a pixel, row by row. */
  readonly pixels: readonly (readonly number[])[];
  readonly interlaced?: boolean;
  /** The filter of a line, by its number within its pass. @default - none */
  readonly filter?: (line: number) => number;
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function chunk(type: string, content: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type), content]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

export function header(file: Omit<PngFile, 'pixels'>): Uint8Array {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(file.width, 0);
  content.writeUInt32BE(file.height, 4);
  content.set([file.depth, file.colourType, 0, 0, Number(file.interlaced ?? false)], 8);
  return chunk('IHDR', content);
}

export const assemble = (...chunks: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', new Uint8Array())]);

export function encodePng(file: PngFile): Uint8Array {
  const { palette, transparency } = file;
  return assemble(
    header(file),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    ...(transparency ? [chunk('tRNS', Uint8Array.from(transparency))] : []),
    chunk('IDAT', deflateSync(linesOf(file))),
  );
}

/** Adam7: the pass of each pixel of an 8 × 8 tile, as the specification draws it. */
const TILE = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777'];

export function linesOf(file: PngFile): Uint8Array {
  if (!file.interlaced) return passLines(file, () => true);
  const passes = [1, 2, 3, 4, 5, 6, 7];
  return Buffer.concat(passes.map((pass) => passLines(file, (x, y) => TILE[y % 8]?.[x % 8] === `${pass}`)));
}

function passLines(file: PngFile, belongs: (x: number, y: number) => boolean): Uint8Array {
  const { width, height, depth, pixels, filter = () => 0 } = file;
  const stride = Math.max(1, ((pixels[0]?.length ?? 1) * depth) / 8);
  const lines: Uint8Array[] = [];
  let above: Uint8Array | undefined;
  for (let y = 0; y < height; y++) {
    const row = pixels.slice(y * width, (y + 1) * width).filter((_, x) => belongs(x, y));
    if (row.length === 0) continue;
    const line = packed(row.flat(), depth);
    const kind = filter(lines.length);
    lines.push(Uint8Array.of(kind, ...filtered(kind, line, above ?? new Uint8Array(line.length), stride)));
    above = line;
  }
  return Buffer.concat(lines);
}

function packed(samples: readonly number[], depth: number): Uint8Array {
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, '0')).join('');
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

const filtered = (kind: number, line: Uint8Array, above: Uint8Array, stride: number): Uint8Array =>
  line.map((byte, i) => {
    const [a, b, c] = [line[i - stride] ?? 0, above[i] ?? 0, above[i - stride] ?? 0];
    const nearest = [a, b, c].sort((p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q))[0] as number;
    return byte - ([0, a, b, Math.floor((a + b) / 2), nearest][kind] ?? 0);
  });
