import { describe, expect, test } from 'vitest';
import { asking, isAwsError, nameOf } from '#adapters/aws/aws-errors.ts';
import { OnnwardError } from '#core/errors.ts';

const request = { action: 'lambda:PublishVersion', resource: 'function f' };

/** An error as the SDK throws it. */
const answered = (name: string, message = name, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

/** What comes of it in our words. */
async function said(thrown: unknown): Promise<unknown> {
  try {
    return await asking(request, async () => {
      throw thrown;
    });
  } catch (error) {
    return error;
  }
}

describe('what AWS refuses is said once, with the next step', () => {
  test.each([
    [
      Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' }),
      'aws.no_credentials',
      'aws configure',
    ],
    [Object.assign(new Error('sso'), { name: 'TokenProviderError' }), 'aws.no_credentials', 'aws sso login'],
    [answered('ExpiredTokenException'), 'aws.expired_credentials', 'aws sso login'],
    [answered('ExpiredToken', '', 403), 'aws.expired_credentials', 'aws sso login'],
    [answered('InvalidClientTokenId', '', 403), 'aws.bad_credentials', 'access key'],
    [answered('SignatureDoesNotMatch', '', 403), 'aws.bad_credentials', 'secret'],
    [answered('UnrecognizedClientException', '', 403), 'aws.bad_credentials', 'access key'],
    [answered('InvalidSignatureException', 'Signature not yet current: …', 403), 'aws.clock', 'clock'],
    [answered('SignatureDoesNotMatch', 'Signature expired: …', 403), 'aws.clock', 'clock'],
    [
      answered(
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
        403,
      ),
      'aws.clock',
      'clock',
    ],
    [answered('AccessDeniedException', 'no', 403), 'aws.access_denied', 'Allow lambda:PublishVersion'],
    [answered('AccessDenied', 'no', 403), 'aws.access_denied', 'Allow lambda:PublishVersion'],
    [answered('UnauthorizedOperation', 'no', 403), 'aws.access_denied', 'Allow lambda:PublishVersion'],
    [answered('ThrottlingException', 'Rate exceeded'), 'aws.throttled', 'in a minute'],
    [answered('TooManyRequestsException', 'Rate exceeded', 429), 'aws.throttled', 'in a minute'],
    [new Error('Region is missing'), 'aws.no_region', 'AWS_REGION'],
    [new Error('Region not accepted: region="" is not a valid hostname component.'), 'aws.no_region', 'AWS_REGION'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'aws.unreachable', 'AWS_ENDPOINT_URL'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'aws.unreachable', 'network'],
    [answered('ServiceException', 'it broke', 500), 'aws.failed', 'AWS console'],
  ])('%s is %s', async (error, code, fix) => {
    expect(await said(error)).toMatchObject({
      code,
      message: expect.stringMatching(/^function f: /),
      fix: expect.stringContaining(fix),
      fields: request,
      cause: error,
    });
  });

  test('the action is the one that AWS misses, which need not be the one that was called', async () => {
    const message = 'User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: r';
    expect(await said(answered('AccessDeniedException', message, 403))).toMatchObject({
      fix: expect.stringContaining('Allow iam:PassRole'),
      message: expect.stringContaining('arn:aws:iam::1:user/a'),
    });
  });

  test('what is ours already passes as it is', async () => {
    const ours = new OnnwardError('said', { code: 'x.y', kind: 'invalid' });
    expect(await said(ours)).toBe(ours);
  });

  test('an answer passes', async () => {
    expect(await asking(request, () => Promise.resolve(3))).toBe(3);
  });
});

test('an exception is known by its name, in our words too', async () => {
  const error = answered('PreconditionFailedException', 'revision', 412);
  for (const each of [error, await said(error)]) {
    expect(isAwsError(each, 'PreconditionFailedException')).toBe(true);
    expect(isAwsError(each, 'ResourceConflictException')).toBe(false);
    expect(nameOf(each)).toBe('PreconditionFailedException');
  }
  expect(nameOf('thrown text')).toBe('');
  expect(nameOf(new OnnwardError('x', { code: 'x.y', kind: 'invalid' }))).toBe('');
});
