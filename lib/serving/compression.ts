import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { BytesRequest, BytesResponse, Limits } from './message.ts';
import { weightsOf } from './weights.ts';

const CODECS = {
  gzip: {
    unpack: promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip),
    pack: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip),
  },
  deflate: {
    unpack: promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflate),
    pack: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.deflate),
  },
};
type Coding = keyof typeof CODECS;

/** Below this a packet holds it anyway. */
const WORTH_PACKING = 1024;

const isCoding = (name: string): name is Coding => Object.hasOwn(CODECS, name);

/** The body as it was before `content-encoding`; never more than the limit is unpacked, whatever was packed. */
export async function inflate(request: BytesRequest, limits: Limits): Promise<Uint8Array> {
  const { maxBodyBytes } = limits;
  const body = withinLimit(request.body, limits);
  const coding = request.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') return body;
  if (!isCoding(coding)) {
    const message = `content-encoding "${coding.slice(0, 40)}" is not supported, expected gzip or deflate`;
    throw new OnnwardError(message, { code: 'request.encoding', kind: 'unsupported-type' });
  }
  try {
    return await CODECS[coding].unpack(body, { maxOutputLength: Math.max(1, maxBodyBytes) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge('unpacks to more', maxBodyBytes);
    throw invalid('request.encoding', `the body is not valid ${coding}`);
  }
}

/** The body, if it is within the limit. Throws `request.too_large`. */
export function withinLimit(body: Uint8Array, { maxBodyBytes }: Limits): Uint8Array {
  if (body.length > maxBodyBytes) throw tooLarge(`is ${body.length} bytes`, maxBodyBytes);
  return body;
}

/** Refuses a body over the limit; `what` says how far it went. */
export const tooLarge = (what: string, maxBodyBytes: number): OnnwardError =>
  new OnnwardError(`the body ${what}, the limit is ${maxBodyBytes} bytes`, {
    code: 'request.too_large',
    kind: 'too-large',
  });

/** Packs an answer that is worth it, if the client says that it can unpack it. */
export async function deflate(response: BytesResponse, accepted: string): Promise<BytesResponse> {
  if (response.body.length < WORTH_PACKING) return response;
  const coding = preferred(accepted);
  const headers: Record<string, string> = { ...response.headers, vary: 'accept-encoding' };
  if (coding === undefined) return { ...response, headers };
  // The quickest level: three quarters of what the best one saves, for a quarter of the time.
  const body = await CODECS[coding].pack(response.body, { level: zlib.constants.Z_BEST_SPEED });
  headers['content-encoding'] = coding;
  return { ...response, headers, body };
}

/** The coding that `accept-encoding` weighs most (RFC 9110, 12.5.3), gzip where it weighs both alike. */
function preferred(accepted: string): Coding | undefined {
  const weights = weightsOf(accepted);
  const weightOf = (coding: Coding): number => weights.get(coding) ?? weights.get('*') ?? 0;
  const best = weightOf('deflate') > weightOf('gzip') ? 'deflate' : 'gzip';
  const identity = weights.get('identity') ?? 0;
  return weightOf(best) > 0 && weightOf(best) >= identity ? best : undefined;
}
