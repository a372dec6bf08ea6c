import type { IncomingMessage } from 'node:http';
import { OnnwardError } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';
import type { ObjectReader, StoredObject } from '#core/ports.ts';
import { isNotFound, nameOf, s3Error, type S3Request } from './s3-errors.ts';
import { SignedS3, type SignedS3Options } from './signed-s3.ts';
import { parseS3Url, type S3Location } from './s3-location.ts';

/**
 * Bytes of a part: a larger object comes in parts, so many at once. One connection to S3 gives 85-90 MB/s; AWS advises
 * parts of 8-16 MB, side by side (S3 user guide, "Performance design patterns").
 */
const PART = 16 * 2 ** 20;
const CONNECTIONS = 3;
/** How often a body that broke off is taken up again. */
const RESUMES = 8;

/** Bytes from `from` up to, but not with, `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** An object, or a part of it, on its way. */
interface Arriving extends Range {
  readonly etag: string;
  /** Of the whole object, bytes. */
  readonly size: number;
  readonly body: IncomingMessage;
}

type Chunks = AsyncIterable<Uint8Array>;

/**
 * Reads objects of S3 without AWS's SDK, whose import alone takes longer than all of a small model's loading. Answers and
 * fails as S3Store does, which writes and lists too.
 */
export class S3Reader implements ObjectReader {
  readonly url: string;
  readonly #location: S3Location;
  readonly #s3: SignedS3;

  private constructor(location: S3Location, options: SignedS3Options) {
    this.url = `s3://${location.bucket}/${location.prefix}`.replace(/\/$/, '');
    this.#location = location;
    this.#s3 = new SignedS3(location, options);
  }

  /** Sends nothing yet. Throws `store.url`. */
  static open(url: string, options: SignedS3Options = {}): S3Reader {
    return new S3Reader(parseS3Url(url), options);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const object = await this.#open(key);
    return object && { bytes: Buffer.concat(await Array.fromAsync(this.#chunks(key, object))), etag: object.etag };
  }

  async *read(key: string): Chunks {
    const first = await this.#open(key, { from: 0, to: PART });
    if (!first) throw this.#notFound(key);
    const rest = partsOf({ from: first.to, to: first.size });
    const ahead = rest.splice(0, CONNECTIONS - 1).map((part) => this.#part(key, part, first.etag));
    yield* this.#chunks(key, first);
    for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
      const chunks = await part;
      const next = rest.shift();
      if (next) ahead.push(this.#part(key, next, first.etag));
      yield* chunks;
    }
  }

  /** A part, whole: what comes before its turn waits in memory, less than `CONNECTIONS` parts. */
  #part(key: string, range: Range, etag: string): Promise<readonly Uint8Array[]> {
    const part = this.#again(key, range, etag).then((arriving) => Array.fromAsync(this.#chunks(key, arriving)));
    // It is awaited in its turn; until then, and where an earlier one failed, nobody listens.
    part.catch(() => undefined);
    return part;
  }

  /** A connection that breaks is taken up again where it broke, on the same object. */
  async *#chunks(key: string, { body, from, to, etag }: Arriving): Chunks {
    let offset = from;
    for (let broken = 0; ; broken++) {
      try {
        for await (const chunk of body as Chunks) {
          offset += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        if (offset === to) return;
        if (broken === RESUMES) throw s3Error(this.#request(key), error);
      }
      ({ body } = await this.#again(key, { from: offset, to }, etag));
    }
  }

  async #again(key: string, range: Range, etag: string): Promise<Arriving> {
    const arriving = await this.#open(key, range, etag);
    if (!arriving) throw this.#notFound(key);
    return arriving;
  }

  /** Undefined where there is no such object; where `etag` is known, only that very one will do. */
  async #open(key: string, range?: Range, etag?: string): Promise<Arriving | undefined> {
    checkKey(key);
    const headers = {
      ...(range && { range: `bytes=${range.from}-${range.to - 1}` }),
      ...(etag !== undefined && { 'if-match': etag }),
    };
    try {
      const body = await this.#s3.send(key, headers);
      const place = placeOf(body);
      if (range && place.from !== range.from) throw this.#otherBytes(key, body);
      return { ...place, body, etag: etag ?? body.headers.etag ?? '' };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      // An empty object has no first byte to ask for.
      if (range?.from === 0 && nameOf(error) === 'InvalidRange') return this.#open(key);
      throw s3Error(this.#request(key), error);
    }
  }

  #request(key: string): S3Request {
    return { bucket: this.#location.bucket, key: this.#location.prefix + key, permission: 's3:GetObject' };
  }

  #otherBytes(key: string, body: IncomingMessage): OnnwardError {
    body.destroy();
    return new OnnwardError(`${key}: the server sends other bytes than those it was asked for.`, {
      code: 'store.failed',
      kind: 'unavailable',
      fix: 'Use a server that knows the header Range.',
      fields: { key },
    });
  }

  #notFound(key: string): OnnwardError {
    const message = `There is no ${key} in ${this.url}.`;
    return new OnnwardError(message, { code: 'store.not_found', kind: 'not-found', fields: { key } });
  }
}

/** Which bytes of which whole an answer brings. */
function placeOf({ headers }: IncomingMessage): Range & { readonly size: number } {
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  if (whole !== undefined) return { from: Number(first), to: Number(last) + 1, size: Number(whole) };
  const size = Number(headers['content-length']);
  return { from: 0, to: size, size };
}

function partsOf({ from, to }: Range): Range[] {
  const count = Math.max(0, Math.ceil((to - from) / PART));
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * PART;
    return { from: start, to: Math.min(start + PART, to) };
  });
}
