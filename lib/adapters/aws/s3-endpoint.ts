import type { Environment } from './function-credentials.ts';
import type { S3Location } from './s3-location.ts';
import { encodeKey } from './s3-signature.ts';

/** Regions whose hosts end otherwise. Source: botocore's partitions. */
const SUFFIXES: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
];

/** What the hosts of AWS's services in a region end with. */
export const hostSuffix = (region: string): string =>
  SUFFIXES.find(([start]) => region.startsWith(start))?.[1] ?? 'amazonaws.com';

/** The endpoint of one's own that AWS's tools take from the environment. @default - AWS's */
export const ownEndpoint = (env: Environment): string | undefined =>
  env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;

/**
 * Where an object is. A server of one's own has no name for each bucket, and no certificate has names for buckets with
 * dots in theirs: there the bucket is the first part of the path.
 */
export function objectUrl({ bucket, prefix }: S3Location, key: string, region: string, endpoint?: string): URL {
  const path = encodeKey(prefix + key);
  if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/+$/, '')}/${bucket}/${path}`);
  const host = `s3.${region}.${hostSuffix(region)}`;
  return new URL(bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`);
}
