import { invalid } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';

/** Where a store lies in S3. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
}

/** S3's rule for the names of general purpose buckets. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Reads `s3://bucket` or `s3://bucket/prefix`. Throws `store.url`, `store.key`. */
export function parseS3Url(url: string): S3Location {
  const [bucket = '', ...parts] = url.slice('s3://'.length).split('/');
  if (!url.startsWith('s3://') || !BUCKET.test(bucket)) {
    throw invalid('store.url', `'${url.slice(0, 200)}' does not name a bucket.`, {
      fix: "Write 's3://bucket' or 's3://bucket/prefix'; a bucket has 3-63 lower-case letters, digits, '-' and '.'.",
      fields: { url: url.slice(0, 200) },
    });
  }
  const prefix = parts.join('/').replace(/\/$/, '');
  if (prefix !== '') checkKey(prefix);
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
