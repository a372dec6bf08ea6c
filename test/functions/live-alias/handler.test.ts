import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ANSWER_MS } from '../../../functions/live-alias/answer.ts';
import type * as Handler from '../../../functions/live-alias/handler.ts';
import { createRequest, deleteRequest, updateRequest } from './requests.ts';
import { arnOf, LambdaApi, ResponsePlace } from './servers.ts';

const IRIS = 'onnward-dev-iris';
const LIVE = `${IRIS}:live`;

let lambda: LambdaApi;
let place: ResponsePlace;
let handler: typeof Handler.handler;

/** The handler makes its client as it is loaded, of what the environment says then. */
beforeEach(async () => {
  [lambda, place] = await Promise.all([new LambdaApi().listen(), new ResponsePlace().listen()]);
  lambda.functions.add(IRIS);
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', lambda.url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.resetModules();
  ({ handler } = await import('../../../functions/live-alias/handler.ts'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  lambda.close();
  place.close();
});

/** Handles a request with so many seconds to make the alias in, and gives CloudFormation's answer. */
async function handle(event: CloudFormationCustomResourceEvent, seconds = 10): Promise<Record<string, unknown>> {
  const end = Date.now() + seconds * 1_000 + ANSWER_MS + 1_000;
  await handler(event, {
    getRemainingTimeInMillis: () => end - Date.now(),
    logGroupName: '/aws/lambda/onnward-dev--live-alias',
    logStreamName: '2026/11/22/[$LATEST]0a1b',
  });
  expect(place.received).not.toEqual([]);
  return place.answers.at(-1)!;
}

const calls = (): string[] => lambda.received.map(({ method }) => method);

describe('Create', () => {
  test('makes the alias on $LATEST where there is none', async () => {
    const event = createRequest(place.url, IRIS);
    expect(await handle(event)).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: LIVE,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      Data: { AliasArn: `${arnOf(IRIS)}:live` },
    });
    expect(lambda.aliases.get(LIVE)).toBe('$LATEST');
  });

  test('leaves an alias where it points', async () => {
    lambda.aliases.set(LIVE, '7');
    expect(await handle(createRequest(place.url, IRIS))).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: LIVE,
      Data: { AliasArn: `${arnOf(IRIS)}:live` },
    });
    expect(lambda.aliases.get(LIVE)).toBe('7');
    expect(calls()).toEqual(['GET']);
  });

  test('may be repeated', async () => {
    const first = await handle(createRequest(place.url, IRIS));
    expect(await handle(createRequest(place.url, IRIS))).toEqual(first);
    expect(calls()).toEqual(['GET', 'POST', 'GET']);
  });

  test('may come twice at once', async () => {
    await Promise.all([handle(createRequest(place.url, IRIS)), handle(createRequest(place.url, IRIS))]);
    expect(place.answers.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(lambda.aliases.get(LIVE)).toBe('$LATEST');
  });
});

describe('Update', () => {
  test('does not move the alias', async () => {
    lambda.aliases.set(LIVE, '7');
    const answer = await handle(updateRequest(place.url, IRIS, IRIS));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(lambda.aliases.get(LIVE)).toBe('7');
    expect(calls()).toEqual(['GET']);
  });

  test('is another resource where it is for another function', async () => {
    lambda.functions.add('onnward-dev-digits');
    const answer = await handle(updateRequest(place.url, IRIS, 'onnward-dev-digits'));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'onnward-dev-digits:live' });
    expect([...lambda.aliases]).toEqual([['onnward-dev-digits:live', '$LATEST']]);
  });
});

describe('Delete', () => {
  test.each([LIVE, 'what-an-unanswered-creation-was-called'])('asks nothing of Lambda: %s', async (physicalId) => {
    lambda.aliases.set(LIVE, '7');
    const answer = await handle(deleteRequest(place.url, IRIS, physicalId));
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: physicalId });
    expect(answer).not.toHaveProperty('Data');
    expect(calls()).toEqual([]);
    expect(lambda.aliases.get(LIVE)).toBe('7');
  });
});

describe('what passes is tried again', () => {
  test.each<[string, [number, string, string]]>([
    ['a permission that IAM has not spread yet', [403, 'AccessDeniedException', 'User is not authorized']],
    ['a function that is being changed', [409, 'ResourceConflictException', 'An update is in progress']],
    ['too many requests', [429, 'TooManyRequestsException', 'Rate exceeded']],
    ['a failure of Lambda', [500, 'ServiceException', 'An error occurred']],
  ])('%s', async (_, fault) => {
    lambda.faults.push(fault, fault);
    expect(await handle(createRequest(place.url, IRIS))).toMatchObject({ Status: 'SUCCESS' });
    expect(lambda.aliases.get(LIVE)).toBe('$LATEST');
  });

  test('until there is no time left', async () => {
    lambda.faults.push(...Array.from({ length: 20 }, () => [403, 'AccessDeniedException', 'not authorized'] as const));
    const answer = await handle(createRequest(place.url, IRIS), 2);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: LIVE });
    expect(answer['Reason']).toContain('AccessDeniedException: not authorized');
    expect(calls().length).toBeGreaterThan(1);
  });

  test('and a Lambda that never answers is given up', async () => {
    lambda.faults.push('hang', 'hang');
    const answer = await handle(createRequest(place.url, IRIS), 1);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: LIVE });
  });

  test('also with no time at all', async () => {
    expect(await handle(createRequest(place.url, IRIS), -5)).toHaveProperty('Status');
  });
});

describe('a failure is told, with its reason', () => {
  test('of a function that there is not', async () => {
    const answer = await handle(createRequest(place.url, 'onnward-dev-gone'));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'onnward-dev-gone:live' });
    expect(answer['Reason']).toBe(
      'There is no alias onnward-dev-gone:live, and it could not be made: ResourceNotFoundException: Function not found: onnward-dev-gone. See /aws/lambda/onnward-dev--live-alias, 2026/11/22/[$LATEST]0a1b.',
    );
    expect(calls()).toEqual(['GET', 'POST']);
    expect(console.error).toHaveBeenCalled();
  });

  test('within the 4096 bytes that CloudFormation takes', async () => {
    lambda.faults.push([400, 'ValidationException', 'x'.repeat(10_000)]);
    expect(await handle(createRequest(place.url, IRIS))).toMatchObject({ Status: 'FAILED' });
    expect(place.received[0]!.body.length).toBeLessThan(4096);
  });
});

describe('the answer', () => {
  test('is put where CloudFormation says, without a content type', async () => {
    await handle(createRequest(place.url, IRIS));
    const { method, path, headers, body } = place.received[0]!;
    expect([method, path]).toEqual(['PUT', '/answer?X-Amz-Signature=secret']);
    expect(headers['content-type'] ?? '').toBe('');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  test('is repeated until it is taken', async () => {
    place.statuses.push(503, 500);
    await handle(createRequest(place.url, IRIS));
    expect(place.received).toHaveLength(3);
    expect(new Set(place.received.map(({ body }) => body)).size).toBe(1);
  });

  test('that nobody takes is a failure, which Lambda tries again; the URL is not told', async () => {
    place.statuses.push(403, 403, 403);
    const failure = await handle(createRequest(place.url, IRIS)).catch((error: Error) => error);
    expect(failure).toMatchObject({
      message: 'CloudFormation could not be told how request 4a2c1c6e-1b0b-4d9e-8a4e-3f0a8f4f7c11 ended',
      cause: { message: 'the answer to CloudFormation was refused with 403' },
    });
  });
});
