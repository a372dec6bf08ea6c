import { readDocument } from '#core/documents.ts';
import { openStore } from '../../stores.ts';

/** The list that a map's `ItemReader` names. Where the bucket is none of S3 it is the URL of a store. */
export async function readList(parameters: unknown): Promise<readonly unknown[]> {
  const { Bucket: bucket, Key: key } = parameters as { readonly Bucket: string; readonly Key: string };
  const store = await openStore(bucket.includes(':') ? bucket : `s3://${bucket}`);
  return (await readDocument<unknown[]>(store, key)) ?? [];
}
