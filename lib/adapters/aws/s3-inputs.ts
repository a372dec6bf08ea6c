import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import { changed, notFound } from '../input-errors.ts';
import { openS3Client } from './s3-client.ts';
import { isBeyond, isGone, isRefusal, s3Error, type S3Request } from './s3-errors.ts';
import { parseS3Url, type S3Location } from './s3-location.ts';
import { resumed } from './s3-resumed.ts';

/** How a version that is asked for goes into a request. */
interface Pin {
  readonly VersionId?: string;
  readonly IfMatch?: string;
}

/**
 * Inputs as objects of a bucket. A version is `e:` and the ETag without quotes, as a listing tells it too; once another
 * object takes the key, it is gone. Who knows the id of a version, from the event of its arrival, asks for `v:` and that
 * id: it can be read for as long as the bucket keeps it. Keys are as S3 has them, whatever they hold.
 */
export class S3Inputs implements InputReader {
  readonly url: string;
  readonly #client: S3Client;
  readonly #location: S3Location;

  private constructor(location: S3Location, client: S3Client) {
    this.url = `s3://${location.bucket}/${location.prefix}`.replace(/\/$/, '');
    this.#client = client;
    this.#location = location;
  }

  /** Sends nothing yet. Throws `store.url`, `store.key`. */
  static open(url: string, config: S3ClientConfig = {}): S3Inputs {
    return new S3Inputs(parseS3Url(url), openS3Client(config));
  }

  async stat(key: string, version?: string): Promise<ObjectStat | undefined> {
    if (key === '' && this.#location.prefix === '') return undefined;
    try {
      const head = new HeadObjectCommand({ ...this.#target(key), ...pinOf(version) });
      const { ContentLength: size = 0, ETag = '' } = await this.#client.send(head);
      return { size, version: version ?? versionOf(ETag) };
    } catch (error) {
      if (isRefusal(error) || isGone(error)) return undefined;
      throw s3Error(this.#request(key, version), error);
    }
  }

  /** The bytes of a request that was answered are all of one content, so that nothing is left to be checked at the end. */
  async *read(key: string, { version, size }: ObjectStat, start: number, end: number): AsyncIterable<Uint8Array> {
    const last = Math.min(end, size) - 1;
    if (last >= start) {
      yield* resumed(start, this.#request(key, version), (offset) => this.#range(key, version, offset, last));
    } else if (!(await this.stat(key, version))) {
      throw version.startsWith('e:') && (await this.stat(key)) ? this.#changed(key) : this.#missing(key, version);
    }
  }

  /** Without the empty objects that stand for folders. */
  async *list(prefix: string): AsyncIterable<ObjectStat & { readonly key: string }> {
    const { bucket, prefix: root } = this.#location;
    try {
      const below = { Bucket: bucket, Prefix: root + prefix };
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, below)) {
        for (const { Key = '', Size: size = 0, ETag = '' } of Contents) {
          if (!Key.endsWith('/')) yield { key: Key.slice(root.length), size, version: versionOf(ETag) };
        }
      }
    } catch (error) {
      throw s3Error({ bucket, key: root + prefix, permission: 's3:ListBucket' }, error);
    }
  }

  async #range(key: string, version: string, first: number, last: number): Promise<GetObjectCommandOutput> {
    const range = { ...this.#target(key), ...pinOf(version), Range: `bytes=${first}-${last}` };
    try {
      return await this.#client.send(new GetObjectCommand(range));
    } catch (error) {
      if (isGone(error)) throw this.#missing(key, version);
      if (isRefusal(error) || isBeyond(error)) throw this.#changed(key);
      throw s3Error(this.#request(key, version), error);
    }
  }

  #target(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + key };
  }

  #request(key: string, version: string | undefined): S3Request {
    const permission = version?.startsWith('v:') ? 's3:GetObjectVersion' : 's3:GetObject';
    return { bucket: this.#location.bucket, key: this.#location.prefix + key, permission };
  }

  #changed = (key: string) => changed(`${this.url}/${key}`, 'was changed since the batch was planned');

  #missing = (key: string, version: string) =>
    version.startsWith('v:')
      ? changed(`${this.url}/${key}`, 'is there no more in the version that the batch was planned with')
      : notFound(`${this.url}/${key}`);
}

const versionOf = (etag: string): string => `e:${etag.replaceAll('"', '')}`;

function pinOf(version: string | undefined): Pin {
  if (version === undefined) return {};
  return version.startsWith('v:') ? { VersionId: version.slice(2) } : { IfMatch: `"${version.slice(2)}"` };
}
