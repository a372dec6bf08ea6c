/** An object as Step Functions names it; on this machine the bucket is the URL of the store. */
export function placeOf(url: string, key: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(url) ?? [];
  if (bucket === undefined) return { bucket: url, key };
  return { bucket, key: prefix === '' ? key : `${prefix}/${key}` };
}
