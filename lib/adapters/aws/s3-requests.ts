import { LINK_SECONDS, type RequestLinks, type RequestStore, type UploadLink } from '#core/batch/requests.ts';
import { OnnwardError } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';
import type { StoredObject } from '#core/ports.ts';
import { type LinkTerms, presign } from './presign.ts';
import { attemptsOf, isNotFound, isRefusal, nameOf, s3Error, type S3Request } from './s3-errors.ts';
import { parseS3Url, type S3Location } from './s3-location.ts';
import { S3Reader } from './s3-reader.ts';
import { SignedS3, type SignedS3Options } from './signed-s3.ts';

/**
 * Requests in a bucket, without AWS's SDK: what arrives there starts the workflow that answers it, and the bucket's
 * lifecycle clears it. It takes s3:GetObject and s3:PutObject, and s3:ListBucket for S3 to tell what is not there.
 */
export class S3Requests implements RequestStore {
  readonly links: RequestLinks = {
    // Created, and never written over: what is answered is what came first.
    upload: (key, type) => this.#link(key, 'PUT', { headers: { 'content-type': type, 'if-none-match': '*' } }),
    download: async (key, type) => (await this.#link(key, 'GET', { query: { 'response-content-type': type } })).url,
  };
  readonly #location: S3Location;
  readonly #reader: S3Reader;
  readonly #s3: SignedS3;

  private constructor(url: string, options: SignedS3Options) {
    this.#location = parseS3Url(url);
    this.#reader = S3Reader.open(url, options);
    this.#s3 = new SignedS3(this.#location, options);
  }

  /** Sends nothing yet. Throws `store.url`. */
  static open(url: string, options: SignedS3Options = {}): S3Requests {
    return new S3Requests(url, options);
  }

  get(key: string): Promise<StoredObject | undefined> {
    return this.#reader.get(key);
  }

  /** Asks for its first byte, which is more than an empty object has. */
  async has(key: string): Promise<boolean> {
    checkKey(key);
    try {
      (await this.#s3.send(key, { range: 'bytes=0-0' })).resume();
      return true;
    } catch (error) {
      if (nameOf(error) === 'InvalidRange') return true;
      if (isNotFound(error)) return false;
      throw s3Error(this.#request(key, 's3:GetObject'), error);
    }
  }

  async create(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key);
    try {
      (await this.#s3.send(key, { 'if-none-match': '*' }, bytes)).resume();
    } catch (error) {
      // Keys are made of chance: a refusal after more than one attempt is of our own making.
      if (isRefusal(error) && attemptsOf(error) > 1) return;
      throw isRefusal(error) ? refused(key) : s3Error(this.#request(key, 's3:PutObject'), error);
    }
  }

  async #link(
    key: string,
    method: LinkTerms['method'],
    terms: Pick<LinkTerms, 'headers' | 'query'>,
  ): Promise<UploadLink> {
    checkKey(key);
    try {
      return presign(await this.#s3.place(key), { method, seconds: LINK_SECONDS, at: new Date(), ...terms });
    } catch (error) {
      throw s3Error(this.#request(key, 's3:PutObject'), error);
    }
  }

  #request(key: string, permission: S3Request['permission']): S3Request {
    return { bucket: this.#location.bucket, key: this.#location.prefix + key, permission };
  }
}

const refused = (key: string): OnnwardError =>
  new OnnwardError(`${key} was not written: it is there already.`, {
    code: 'store.precondition',
    kind: 'conflict',
    fields: { key },
  });
