import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { OnnwardError } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';
import type { ListedObject, ObjectStore, StoredObject, WriteCondition } from '#core/ports.ts';
import { Beginning, Source } from '../source.ts';
import { attemptsOf, isNotFound, isRefusal, isUndecided, nameOf, s3Error, type S3Request } from './s3-errors.ts';
import { openS3Client } from './s3-client.ts';
import { parseS3Url, type S3Location } from './s3-location.ts';
import { resumed } from './s3-resumed.ts';

/** Bytes above which an object goes up in parts: 8 MiB, or what it takes to stay under S3's 10,000 parts. */
const PART = 8 * 2 ** 20;
const MAX_PARTS = 10_000;
/** How often a write is sent again while another one to the key is undecided (409). */
const RETRIES = 8;
/** Metadata that names one write, so that a writer knows its own object again. */
const WRITE_ID = 'onnward-write';

/** Objects in a bucket of S3, or of any server that speaks its protocol and knows conditional writes. */
export class S3Store implements ObjectStore {
  readonly url: string;
  readonly #client: S3Client;
  readonly #location: S3Location;

  private constructor(location: S3Location, client: S3Client) {
    this.url = `s3://${location.bucket}/${location.prefix}`.replace(/\/$/, '');
    this.#client = client;
    this.#location = location;
  }

  /**
   * Sends nothing yet. Credentials, region and endpoint come from the environment and the AWS profile, as everywhere.
   * Throws `store.url`.
   */
  static open(url: string, config: S3ClientConfig = {}): S3Store {
    return new S3Store(parseS3Url(url), openS3Client(config));
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const { Body, ETag = '' } = (await this.#object(key)) ?? {};
    if (!Body) return undefined;
    return this.#guard(key, 's3:GetObject', async () => ({ bytes: await Body.transformToByteArray(), etag: ETag }));
  }

  /** A connection that breaks is taken up again where it broke, on the same object. */
  async *read(key: string): AsyncIterable<Uint8Array> {
    let etag: string | undefined;
    yield* resumed(0, this.#request(key, 's3:GetObject'), async (offset) => {
      const range = offset > 0 && etag !== undefined ? { Range: `bytes=${offset}-`, IfMatch: etag } : {};
      const object = await this.#object(key, range);
      if (!object) throw this.#notFound(key);
      etag ??= object.ETag;
      return object;
    });
  }

  async put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<string> {
    const id = randomUUID();
    const command = new PutObjectCommand({ ...this.#target(key), ...headers(id, condition), Body: bytes });
    return this.#conditional(key, id, async () => (await this.#client.send(command)).ETag ?? '');
  }

  async write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    size: number | undefined,
    condition?: WriteCondition,
  ): Promise<void> {
    const source = new Source(key, chunks, size);
    const beginning = new Beginning(source);
    try {
      const whole = await beginning.upTo(PART);
      if (whole) await this.put(key, whole, condition);
      else await this.#writeParts(key, beginning, size, condition);
    } catch (error) {
      throw source.failure ?? error;
    } finally {
      beginning.close();
    }
  }

  async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    const skip = this.#location.prefix.length;
    const start = after === undefined || after === '' ? {} : { StartAfter: this.#location.prefix + after };
    for await (const page of this.#pages(prefix, start)) {
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        yield { key: Key.slice(skip), size: Size, ...(LastModified && { modifiedAt: LastModified.getTime() }) };
      }
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    const skip = this.#location.prefix.length + prefix.length;
    for await (const page of this.#pages(prefix, { Delimiter: '/' })) {
      for (const { Prefix = '' } of page.CommonPrefixes ?? []) yield Prefix.slice(skip, -1);
    }
  }

  async #writeParts(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    size: number | undefined,
    condition?: WriteCondition,
  ): Promise<void> {
    // Some servers ignore the condition of a multipart upload, and all say it after the last byte: so ask first.
    if (condition && 'ifAbsent' in condition && (await this.#writer(key)) !== undefined) throw refused(key);
    const id = randomUUID();
    const params = { ...this.#target(key), ...headers(id, condition), Body: Readable.from(chunks) };
    const partSize = size === undefined ? PART : Math.max(PART, Math.ceil(size / MAX_PARTS));
    const upload = new Upload({ client: this.#client, params, partSize });
    await this.#conditional(key, id, async () => (await upload.done()).ETag ?? '', 0);
  }

  async *#pages(prefix: string, options: { StartAfter?: string; Delimiter?: string }) {
    const { bucket, prefix: root } = this.#location;
    try {
      yield* paginateListObjectsV2({ client: this.#client }, { Bucket: bucket, Prefix: root + prefix, ...options });
    } catch (error) {
      throw s3Error(this.#request(prefix, 's3:ListBucket'), error);
    }
  }

  async #object(key: string, options: object = {}): Promise<GetObjectCommandOutput | undefined> {
    const target = this.#target(key);
    return this.#guard(key, 's3:GetObject', async () => {
      try {
        return await this.#client.send(new GetObjectCommand({ ...target, ...options }));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  /**
   * Sends a write until it is decided. A refusal after more than one attempt may be of our own making, when the answer
   * to the first one was lost: then the object bears our id, and the write was done.
   */
  async #conditional(key: string, id: string, send: () => Promise<string>, retries = RETRIES): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (isUndecided(error) && attempt < retries) {
          await sleep(Math.random() * 20 * 2 ** attempt);
          continue;
        }
        const again = attempt > 0 || attemptsOf(error) > 1;
        const lost = again && (isRefusal(error) || nameOf(error) === 'NoSuchUpload');
        const mine = lost ? await this.#writer(key) : undefined;
        if (mine?.id === id) return mine.etag;
        throw isRefusal(error) ? refused(key) : s3Error(this.#request(key, 's3:PutObject'), error);
      }
    }
  }

  /** Which write made the object that is there. */
  async #writer(key: string): Promise<{ readonly id: string | undefined; readonly etag: string } | undefined> {
    const target = this.#target(key);
    return this.#guard(key, 's3:GetObject', async () => {
      try {
        const { Metadata, ETag = '' } = await this.#client.send(new HeadObjectCommand(target));
        return { id: Metadata?.[WRITE_ID], etag: ETag };
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  async #guard<T>(key: string, permission: S3Request['permission'], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw s3Error(this.#request(key, permission), error);
    }
  }

  #target(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + key };
  }

  #request(key: string, permission: S3Request['permission']): S3Request {
    return { bucket: this.#location.bucket, key: this.#location.prefix + key, permission };
  }

  #notFound(key: string): OnnwardError {
    const message = `There is no ${key} in ${this.url}.`;
    return new OnnwardError(message, { code: 'store.not_found', kind: 'not-found', fields: { key } });
  }
}

function headers(id: string, condition?: WriteCondition) {
  const Metadata = { [WRITE_ID]: id };
  if (!condition) return { Metadata };
  return 'ifAbsent' in condition ? { Metadata, IfNoneMatch: '*' } : { Metadata, IfMatch: condition.ifMatch };
}

const refused = (key: string): OnnwardError =>
  new OnnwardError(`${key} was not written: it is there already, or was changed since it was read.`, {
    code: 'store.precondition',
    kind: 'conflict',
    fields: { key },
  });
