import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Sends nothing yet. Credentials, region and endpoint come from the environment and the AWS profile, as everywhere. */
export function openS3Client(config: S3ClientConfig = {}): S3Client {
  const endpoint = config.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  return new S3Client({
    maxAttempts: 5,
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
    // Servers of one's own have no name for each bucket, and seldom a region.
    ...(endpoint !== undefined && { forcePathStyle: true, region: process.env['AWS_REGION'] ?? 'us-east-1' }),
    ...config,
  });
}
