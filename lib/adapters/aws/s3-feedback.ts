import { checkKey } from '#core/model/keys.ts';
import type { StoredObject } from '#core/ports.ts';
import { attemptsOf, isRefusal, s3Error } from './s3-errors.ts';
import { parseS3Url, type S3Location } from './s3-location.ts';
import { S3Reader } from './s3-reader.ts';
import { SignedS3, type SignedS3Options } from './signed-s3.ts';

/**
 * Keys of receipts and what comes back for them, in a bucket, without AWS's SDK. It takes s3:GetObject and s3:PutObject,
 * and s3:ListBucket for S3 to tell what is not there.
 */
export class S3Feedback {
  readonly #location: S3Location;
  readonly #reader: S3Reader;
  readonly #s3: SignedS3;

  private constructor(url: string, options: SignedS3Options) {
    this.#location = parseS3Url(url);
    this.#reader = S3Reader.open(url, options);
    this.#s3 = new SignedS3(this.#location, options);
  }

  /** Sends nothing yet. Throws `store.url`. */
  static open(url: string, options: SignedS3Options = {}): S3Feedback {
    return new S3Feedback(url, options);
  }

  get(key: string): Promise<StoredObject | undefined> {
    return this.#reader.get(key);
  }

  /** Writes it where there is none: true where it was this call that did. Throws what S3 refuses. */
  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    checkKey(key);
    try {
      (await this.#s3.send(key, { 'if-none-match': '*' }, bytes)).resume();
      return true;
    } catch (error) {
      // An attempt whose answer was lost may have written it: then what is there is what was sent.
      if (isRefusal(error)) return attemptsOf(error) > 1 && this.#holds(key, bytes);
      const { bucket, prefix } = this.#location;
      throw s3Error({ bucket, key: prefix + key, permission: 's3:PutObject' }, error);
    }
  }

  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    const stored = await this.get(key);
    return stored !== undefined && Buffer.compare(stored.bytes, bytes) === 0;
  }
}
