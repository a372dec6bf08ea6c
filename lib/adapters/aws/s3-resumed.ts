import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { s3Error, type S3Request } from './s3-errors.ts';

/** How often a stream that broke is taken up again. */
const RETRIES = 8;
/** Bytes after which earlier breaks are forgotten: whoever takes all day for a long object meets more of them. */
const PROGRESS = 2 ** 20;

/** The body of an object from byte `start`; where the connection breaks, `get` is asked for the rest from there. */
export async function* resumed(
  start: number,
  request: S3Request,
  get: (offset: number) => Promise<GetObjectCommandOutput>,
): AsyncIterable<Uint8Array> {
  let offset = start;
  for (let broken = 0, since = start; ; broken++) {
    const { Body, ContentLength = 0 } = await get(offset);
    const end = offset + ContentLength;
    try {
      for await (const chunk of Body as Readable) {
        offset += (chunk as Uint8Array).length;
        yield chunk as Uint8Array;
      }
      return;
    } catch (error) {
      if (offset === end) return;
      if (offset - since >= PROGRESS) [broken, since] = [0, offset];
      if (broken === RETRIES) throw s3Error(request, error);
    }
  }
}
