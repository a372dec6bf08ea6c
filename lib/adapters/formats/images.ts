import { decode as decodeJpeg } from 'jpeg-js';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { Image } from '#core/model/image.ts';
import { decodePng, readPngHeader } from './png.ts';

/** Any camera of a telephone; decoding takes at most about 30 bytes a pixel. */
const MAX_MEGAPIXELS = 25;
const MAX_MEMORY_MB = 768;

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff);

/**
 * Decodes a PNG or a JPEG (baseline or progressive; grey, colour or CMYK), known by its first bytes. The EXIF orientation
 * is not applied. `name` is for messages. Throws `image.unreadable`, `image.too_large` beyond 25 megapixels.
 */
export function decodeImage(bytes: Uint8Array, name: string): Image {
  try {
    if (startsWith(bytes, PNG)) return png(bytes, name);
    if (startsWith(bytes, JPEG)) return jpeg(bytes);
  } catch (cause) {
    throw cause instanceof OnnwardError ? cause : failure(cause as Error, name);
  }
  throw unreadable(name, 'is neither a PNG nor a JPEG');
}

const startsWith = (bytes: Uint8Array, magic: Uint8Array): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

function png(bytes: Uint8Array, name: string): Image {
  const header = readPngHeader(bytes);
  if (header.width * header.height > MAX_MEGAPIXELS * 1e6) throw tooLarge(name, `${header.width} × ${header.height}`);
  return decodePng(bytes, header);
}

function jpeg(bytes: Uint8Array): Image {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: MAX_MEMORY_MB,
  });
  return { width, height, data };
}

/** The decoders throw plain errors, of the JavaScript engine's own too where bytes are missing. */
function failure(cause: Error, name: string): OnnwardError {
  if (/^max(Resolution|MemoryUsage)In/.test(cause.message)) return tooLarge(name, 'more', cause);
  return unreadable(name, 'is damaged or cut off', cause);
}

const unreadable = (name: string, problem: string, cause?: Error): OnnwardError =>
  invalid('image.unreadable', `${name} ${problem}${cause ? `: ${cause.message}` : ''}`, {
    cause,
    fields: { name },
    fix: 'Give a PNG or a JPEG file; other formats must be converted first.',
  });

const tooLarge = (name: string, size: string, cause?: Error): OnnwardError =>
  new OnnwardError(`${name} has ${size} pixels; the limit is ${MAX_MEGAPIXELS} megapixels`, {
    code: 'image.too_large',
    kind: 'too-large',
    cause,
    fields: { name, megapixels: MAX_MEGAPIXELS },
    fix: 'Make the image smaller; the model sees only as many pixels as its input has.',
  });
