import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { functionCredentials } from '#adapters/aws/function-credentials.ts';
import { newFolder } from '../../support/folders.ts';
import { StandIn } from '../../support/s3-stand-in.ts';

const HOUR = 3_600_000;

let lender: StandIn;
let now: number;
let env: Record<string, string>;

beforeEach(async () => {
  now = Date.parse('2026-11-22T10:00:00Z');
  lender = await StandIn.listen((_, response, index) => response.end(JSON.stringify(lent(index))));
  env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${lender.url}/credentials` };
});
afterEach(() => lender.close());

/** Each time others, which end an hour after they were lent. */
const lent = (index: number) => ({
  AccessKeyId: `AKID${index}`,
  SecretAccessKey: 'the-secret',
  Token: 'token',
  Expiration: new Date(now + HOUR).toISOString(),
});

const opened = (more: Record<string, string> = {}) => functionCredentials({ ...env, ...more }, () => now);

test("the environment's own win, and are what they are now", async () => {
  const own: Record<string, string> = { ...env, AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' };
  const credentials = functionCredentials(own);
  expect(await credentials()).toEqual({ accessKeyId: 'A', secretAccessKey: 's' });
  own['AWS_SESSION_TOKEN'] = 't';
  expect(await credentials()).toEqual({ accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't' });
  expect(lender.seen).toEqual([]);
});

describe('those that are lent', () => {
  test('are asked for once, by all who come at the same time, and again before they end', async () => {
    const credentials = opened({ AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer x' });
    const first = { accessKeyId: 'AKID0', secretAccessKey: 'the-secret', sessionToken: 'token' };
    expect(await Promise.all([credentials(), credentials()])).toEqual([first, first]);
    now += HOUR - 6 * 60_000;
    expect(await credentials()).toEqual(first);
    now += 2 * 60_000;
    const both = await Promise.all([credentials(), credentials()]);
    expect(both.map(({ accessKeyId }) => accessKeyId)).toEqual(['AKID1', 'AKID1']);
    expect(lender.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/credentials', 'Bearer x'],
      ['/credentials', 'Bearer x'],
    ]);
  });

  test('take the token of a file, as it is at the time', async () => {
    const path = join(newFolder(), 'token');
    writeFileSync(path, 'first\n');
    const credentials = opened({
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'x',
    });
    await credentials();
    writeFileSync(path, 'second\n');
    now += HOUR;
    await credentials();
    expect(lender.seen.map(({ headers }) => headers.authorization)).toEqual(['first', 'second']);
  });

  test('serve until they end where no new ones come', async () => {
    const credentials = opened();
    await credentials();
    lender.answer = (_, response) => response.writeHead(500).end();
    now += HOUR - 60_000;
    expect(await credentials()).toMatchObject({ accessKeyId: 'AKID0' });
    now += 2 * 60_000;
    await expect(credentials()).rejects.toMatchObject({ name: 'CredentialsProviderError' });
    lender.answer = (_, response) => response.end(JSON.stringify(lent(7)));
    expect(await credentials()).toMatchObject({ accessKeyId: 'AKID7' });
  });

  test.each([
    ['{"AccessKeyId":"AKID","SecretAccessKey":"the-secret"', 'its answer is not JSON'],
    ['{"AccessKeyId":"AKID","SecretAccessKey":"the-secret"}', 'its answer has none'],
    ['{}', 'its answer has none'],
  ])('that come as %s are refused, and not told', async (text, why) => {
    lender.answer = (_, response) => response.end(text);
    const error = (await opened()().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ name: 'CredentialsProviderError', message: expect.stringContaining(why) });
    expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain('the-secret');
  });
});

test.each([
  [{}, /does not say who has/],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'nonsense' }, /does not say who has/],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://192.0.2.1/x' }, /names 192\.0\.2\.1, which is neither local/],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'ftp://localhost/x' }, /neither local/],
])('an environment of %j has none', async (bad, why) => {
  await expect(functionCredentials(bad)()).rejects.toMatchObject({
    name: 'CredentialsProviderError',
    message: expect.stringMatching(why),
  });
});
