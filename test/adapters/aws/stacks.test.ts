import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Stacks } from '#adapters/aws/stacks.ts';
import {
  noStack,
  queryError,
  queryServer,
  type Query,
  type QueryAnswer,
  stacksAnswer,
} from '../../support/aws-server.ts';

let server: Awaited<ReturnType<typeof queryServer>>;
let answer: (query: Query) => QueryAnswer;
let stacks: Stacks;

beforeEach(async () => {
  server = await queryServer((query) => answer(query));
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
  stacks = new Stacks('us-east-1');
});

afterEach(async () => {
  stacks.close();
  vi.unstubAllEnvs();
  await server.stop();
});

describe('the state of a stack', () => {
  test('has its status, reason, outputs and the time of its last change', async () => {
    const outputs = { ApiUrl: 'https://a.example', StoreUrl: 's3://b' };
    const updated = '2026-11-02T03:04:05.000Z';
    answer = () => stacksAnswer({ name: 's', status: 'UPDATE_COMPLETE', reason: 'as asked', outputs, updated });
    expect(await stacks.state('s')).toEqual({
      name: 's',
      status: 'UPDATE_COMPLETE',
      reason: 'as asked',
      outputs,
      changedAt: updated,
    });
  });

  test('that was never changed was changed when it was made', async () => {
    answer = () => stacksAnswer({ name: 's', status: 'CREATE_COMPLETE' });
    expect(await stacks.state('s')).toEqual({
      name: 's',
      status: 'CREATE_COMPLETE',
      outputs: {},
      changedAt: '2026-11-01T00:00:00.000Z',
    });
  });

  test('is undefined where there is none, or only a plan of one', async () => {
    answer = ({ parameters }) => noStack(parameters.get('StackName') ?? '');
    expect(await stacks.state('s')).toBeUndefined();
    answer = () => stacksAnswer({ name: 's', status: 'REVIEW_IN_PROGRESS' });
    expect(await stacks.state('s')).toBeUndefined();
  });

  test('that may not be seen is an error, and no absence', async () => {
    answer = () =>
      queryError(
        403,
        'AccessDenied',
        'User: a is not authorized to perform: cloudformation:DescribeStacks on resource: s',
      );
    await expect(stacks.state('s')).rejects.toMatchObject({
      code: 'aws.access_denied',
      fix: expect.stringContaining('cloudformation:DescribeStacks'),
    });
  });
});

describe('failures of a stack', () => {
  const event = (id: string, status: string, reason: string, at: string): string =>
    `<member><StackName>s</StackName><LogicalResourceId>${id}</LogicalResourceId><ResourceType>AWS::X::Y</ResourceType><ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason><Timestamp>${at}</Timestamp></member>`;

  test('begin with the first one since a time, without what was cancelled for it', async () => {
    const members = [
      event('Stack', 'UPDATE_ROLLBACK_IN_PROGRESS', 'The following failed', '2026-11-01T10:00:04Z'),
      event('Other', 'CREATE_FAILED', 'Resource creation cancelled', '2026-11-01T10:00:03Z'),
      event('Second', 'UPDATE_FAILED', 'no quota', '2026-11-01T10:00:02Z'),
      event('First', 'CREATE_FAILED', 'no such key', '2026-11-01T10:00:01Z'),
      event('Old', 'CREATE_FAILED', 'of another day', '2026-10-01T10:00:00Z'),
    ].join('');
    answer = ({ action }) => ({
      status: action === 'DescribeEvents' ? 403 : 200, // who may not ask for validations still learns of failures
      body: `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${members}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`,
    });
    expect(await stacks.failures('s', Date.parse('2026-11-01T10:00:00Z'))).toEqual([
      { resource: 'First', type: 'AWS::X::Y', reason: 'no such key' },
      { resource: 'Second', type: 'AWS::X::Y', reason: 'no quota' },
    ]);
  });

  test('are looked for on every page, until one has what is older', async () => {
    const pages: Record<string, [members: string, next?: string]> = {
      '': [event('Second', 'CREATE_FAILED', 'no quota', '2026-11-01T10:00:02Z'), 'two'],
      two: [event('First', 'CREATE_FAILED', 'no such key', '2026-11-01T10:00:01Z'), 'three'],
      three: [event('Old', 'CREATE_FAILED', 'of another day', '2026-10-01T10:00:00Z'), 'four'],
    };
    answer = ({ parameters }) => {
      const [members, next] = pages[parameters.get('NextToken') ?? '']!;
      return {
        body: `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${members}</StackEvents>${next ? `<NextToken>${next}</NextToken>` : ''}</DescribeStackEventsResult></DescribeStackEventsResponse>`,
      };
    };
    const failures = await stacks.failures('s', Date.parse('2026-11-01T10:00:00Z'));
    expect(failures.map(({ resource }) => resource)).toEqual(['First', 'Second']);
  });

  test('begin with what was found wrong before anything was begun', async () => {
    const error = (id: string, type: string, reason: string): string =>
      `<member><EventType>${type}</EventType><LogicalResourceId>${id}</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType><ValidationStatusReason>${reason}</ValidationStatusReason><Timestamp>2026-11-01T10:00:01Z</Timestamp></member>`;
    const events = error('Stack', 'STACK_EVENT', 'no') + error('Bucket', 'VALIDATION_ERROR', 'b already exists.');
    answer = ({ action }) => ({
      body:
        action === 'DescribeEvents'
          ? `<DescribeEventsResponse><DescribeEventsResult><OperationEvents>${events}</OperationEvents></DescribeEventsResult></DescribeEventsResponse>`
          : `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${event('S', 'CREATE_FAILED', 'Validation failed with 1 error(s).', '2026-11-01T10:00:02Z')}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`,
    });
    expect(await stacks.failures('s', Date.parse('2026-11-01T10:00:00Z'))).toEqual([
      { resource: 'Bucket', type: 'AWS::S3::Bucket', reason: 'b already exists.' },
      { resource: 'S', type: 'AWS::X::Y', reason: 'Validation failed with 1 error(s).' },
    ]);
  });
});
