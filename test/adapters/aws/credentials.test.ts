import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callerIdentity } from '#adapters/aws/credentials.ts';
import { callerIdentityAnswer, queryError, queryServer, type QueryAnswer } from '../../support/aws-server.ts';
import { newFolder } from '../../support/folders.ts';

let server: Awaited<ReturnType<typeof queryServer>>;
let answer: () => QueryAnswer;

beforeEach(async () => {
  answer = () => callerIdentityAnswer('111122223333');
  server = await queryServer(() => answer());
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', newFolder());
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

const withKeys = (): void => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
};

describe('who we are', () => {
  test('is what AWS says of the credentials, in the region of the environment', async () => {
    withKeys();
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await callerIdentity()).toEqual({
      account: '111122223333',
      region: 'eu-west-1',
      arn: 'arn:aws:iam::111122223333:user/ada',
    });
  });

  test("is asked in the stage's region, which wins", async () => {
    withKeys();
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await callerIdentity('us-east-2')).toMatchObject({ region: 'us-east-2' });
  });
});

describe('a machine that AWS is not set up on', () => {
  test('is told to name a region', async () => {
    withKeys();
    await expect(callerIdentity()).rejects.toMatchObject({ code: 'aws.no_region' });
  });

  test('is told how to come by credentials', async () => {
    await expect(callerIdentity('eu-west-1')).rejects.toMatchObject({
      code: 'aws.no_credentials',
      fix: expect.stringContaining('aws sso login'),
    });
  });

  test('is told that its credentials are of no account, or expired', async () => {
    withKeys();
    answer = () => queryError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    await expect(callerIdentity('eu-west-1')).rejects.toMatchObject({ code: 'aws.bad_credentials' });
    answer = () => queryError(403, 'ExpiredToken', 'The security token included in the request is expired');
    await expect(callerIdentity('eu-west-1')).rejects.toMatchObject({ code: 'aws.expired_credentials' });
  });

  test('is told that AWS does not answer', async () => {
    withKeys();
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    await expect(callerIdentity('eu-west-1')).rejects.toMatchObject({ code: 'aws.unreachable' });
  });
});
