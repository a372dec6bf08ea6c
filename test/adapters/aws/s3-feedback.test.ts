import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { S3Feedback } from '#adapters/aws/s3-feedback.ts';
import { s3Bucket } from '../../support/s3-bucket.ts';
import { refuse } from '../../support/s3-stand-in.ts';

let bucket: Awaited<ReturnType<typeof s3Bucket>>;
let fault: Parameters<typeof s3Bucket>[0];

beforeEach(async () => {
  fault = undefined;
  bucket = await s3Bucket((...request) => fault?.(...request) ?? false);
});
afterEach(() => bucket.server.close());

const open = () =>
  S3Feedback.open('s3://bucket/stage', {
    env: {
      AWS_ENDPOINT_URL_S3: bucket.server.url,
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-west-1',
    },
  });
const KEY = 'feedback/m/2026-01-01/1.json';
const PATH = `/bucket/stage/${KEY}`;

describe('feedback in a bucket', () => {
  test('is kept once, below the prefix of the store, whoever comes first', async () => {
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((text) => open().create(KEY, Buffer.from(text))));
    expect(results.filter(Boolean)).toHaveLength(1);
    const first = 'abcd'[results.indexOf(true)];
    expect((await open().get(KEY))?.bytes.toString()).toBe(first);
    expect(await open().create(KEY, Buffer.from(first as string))).toBe(false);
    expect(bucket.server.seen[0]?.headers).toMatchObject({ 'if-none-match': '*' });
  });

  test.each([
    ['ours, where what is there is what was sent', 'mine', true],
    ['another’s, where it is anything else', 'theirs', false],
  ])('written by an attempt whose answer was lost is %s', async (_, there, isOurs) => {
    let lost = 0;
    fault = (method, path, response) => {
      if (method !== 'PUT' || lost++ > 0) return false;
      bucket.objects.set(path, { bytes: Buffer.from(there), type: undefined });
      response.destroy();
      return true;
    };
    expect(await open().create(KEY, Buffer.from('mine'))).toBe(isOurs);
    expect(lost).toBe(2);
    expect(bucket.objects.get(PATH)?.bytes.toString()).toBe(there);
  });

  test('is refused with what it takes, where it may not be written', async () => {
    fault = (_method, _path, response) => (refuse(response, 403, 'AccessDenied'), true);
    await expect(open().create(KEY, Buffer.of(1))).rejects.toMatchObject({
      code: 'store.access_denied',
      fields: { permission: 's3:PutObject', key: `stage/${KEY}` },
    });
  });

  test('has keys as every store has them', async () => {
    await expect(open().create('../x', Buffer.of(1))).rejects.toMatchObject({ code: 'store.key' });
    expect(await open().get('keys/receipts/1.json')).toBeUndefined();
    expect(() => S3Feedback.open('s3://')).toThrow(expect.objectContaining({ code: 'store.url' }));
  });
});
