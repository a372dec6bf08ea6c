import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseS3Url } from '#adapters/aws/s3-location.ts';
import { s3Error, type S3Request } from '#adapters/aws/s3-errors.ts';
import { OnnwardError } from '#core/errors.ts';
import { newFolder } from '../../support/folders.ts';

const request: S3Request = { bucket: 'b', key: 'p/k', permission: 's3:PutObject' };

/** An error as the SDK throws it. */
const answer = (name: string, status: number, message = name): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, attempts: 1 } });

describe('s3Error', () => {
  test.each([
    [answer('NoSuchBucket', 404), 'store.no_bucket', 'aws s3 mb s3://b'],
    [answer('AccessDenied', 403), 'store.access_denied', 'Allow s3:PutObject on it'],
    [answer('ExpiredToken', 403), 'store.access_denied', 'aws sso login'],
    [answer('RequestTimeTooSkewed', 403), 'store.access_denied', 'clock'],
    [answer('SlowDown', 503, 'Reduce your request rate.'), 'store.failed', 'Try again'],
    [Object.assign(new Error('connect'), { code: 'ENOTFOUND' }), 'store.unreachable', 'network'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'store.unreachable', 'network'],
  ])('%s is %s, and says what to do', (error, code, fix) => {
    const said = s3Error(request, error);
    expect(said).toBeInstanceOf(OnnwardError);
    expect(said).toMatchObject({ code, fix: expect.stringContaining(fix), cause: error });
    expect((said as Error).message).toMatch(/^s3:\/\/b\/p\/k: /);
  });

  test('lets through what was said already', () => {
    const said = new OnnwardError('said', { code: 'x.y', kind: 'invalid' });
    expect(s3Error(request, said)).toBe(said);
  });
});

describe('a machine that AWS is not set up on', () => {
  function get(environment: Record<string, string>): { code?: string; fix?: string } {
    const module = new URL('../../../lib/adapters/stores.ts', import.meta.url).href;
    const source = `
      import { openStore } from '${module}';
      const store = await openStore('s3://bucket/prefix');
      await store.get('k').catch((error) => console.log(JSON.stringify(error)));`;
    const home = newFolder();
    const { PATH = '' } = process.env;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
      env: { PATH, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { code?: string };
  }

  test('is told to name a region', () => {
    expect(get({})).toMatchObject({ code: 'store.no_region', fix: 'Set AWS_REGION.' });
  });

  test('is told how to come by credentials', () => {
    expect(get({ AWS_REGION: 'eu-west-1' })).toMatchObject({
      code: 'store.no_credentials',
      fix: expect.stringContaining('aws configure'),
    });
  });

  test('an endpoint of its own needs no region', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    expect(get({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', ...keys })).toMatchObject({ code: 'store.unreachable' });
  });
});

describe('parseS3Url', () => {
  test.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
    ['s3://bucket/a/b/', { bucket: 'bucket', prefix: 'a/b/' }],
  ])('%s', (url, expected) => {
    expect(parseS3Url(url)).toEqual(expected);
  });
});
