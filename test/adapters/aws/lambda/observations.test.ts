import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rowsOf } from '#adapters/aws/lambda/emf-lines.ts';
import { observe, type Observing } from '#adapters/aws/lambda/observations.ts';
import { type Asked, jsonServer, refusal, type Said } from '../../../support/json-server.ts';
import { PACE } from './lambda.ts';

const MINUTE = 60_000;
const SINCE = 100 * MINUTE + 12_345;
const UNTIL = 110 * MINUTE + 1;

const observing: Observing = {
  region: 'eu-west-1',
  stage: 'dev',
  model: 'iris',
  functionName: 'onnward-dev-iris',
  split: { champion: { id: '5', version: 1 }, challenger: { id: '7', version: 2 }, weight: 10, revision: 'r' },
  since: SINCE,
  until: UNTIL,
  pace: PACE,
};

let server: Awaited<ReturnType<typeof jsonServer>>;
let answers: Record<string, (input: Asked['input']) => Said>;

beforeEach(async () => {
  const nothing = (): Said => ({ body: { MetricDataResults: [] } });
  answers = { GetMetricData: nothing };
  server = await jsonServer(({ operation, input }) => answers[operation]?.(input) ?? refusal('NotExpected'));
});
afterEach(() => server.stop());

const asked = (operation: string): readonly Asked['input'][] =>
  server.asked.filter((one) => one.operation === operation).map(({ input }) => input);

const row = (fields: Record<string, string>) => Object.entries(fields).map(([field, value]) => ({ field, value }));
const counted = (functionVersion: string, lines: number, more: Record<string, string> = {}) =>
  row({
    functionVersion,
    cold: '0',
    error: '0',
    refused: '0',
    correct: '-1',
    bucket: '320',
    lines: String(lines),
    ...more,
  });

function insights(results: readonly object[], status = 'Complete'): void {
  answers['StartQuery'] = () => ({ body: { queryId: 'q-1' } });
  answers['GetQueryResults'] = () => ({ body: { status, results } });
}

describe('by Logs Insights', () => {
  test('both sides are counted by one query over the very time', async () => {
    insights([
      counted('5', 900),
      counted('5', 9, { error: '1' }),
      counted('5', 8, { correct: '1', bucket: '0' }),
      counted('7', 100, { bucket: '352' }),
      counted('7', 4, { cold: '1' }),
      counted('7', 6, { refused: '1', bucket: '0' }),
    ]);
    const { champion, challenger } = await observe(observing);
    expect(champion).toMatchObject({ requests: 909, errors: 9, coldStarts: 0, labelled: 8, correct: 8 });
    expect(challenger).toMatchObject({ requests: 110, errors: 0, refused: 6, coldStarts: 4, labelled: 0 });
    expect(challenger.latencies.entries()).toEqual([{ endMs: 2, count: 100 }]);
    const [query, ...others] = asked('StartQuery');
    expect(others).toEqual([]);
    expect(query).toMatchObject({
      logGroupName: '/aws/lambda/onnward-dev-iris',
      startTime: Math.floor(SINCE / 1000),
      endTime: Math.ceil(UNTIL / 1000),
      limit: 10_000,
    });
    const text = query?.['queryString'] as string;
    expect(text).toContain('service = "onnward-dev" and model = "iris"');
    expect(text).toContain(`toMillis(@timestamp) >= ${SINCE} and toMillis(@timestamp) < ${UNTIL}`);
    expect(text).toContain('functionVersion in ["5", "7"]');
  });

  test('the answer is waited for', async () => {
    insights([]);
    const states = ['Scheduled', 'Running', 'Running', 'Complete'];
    answers['GetQueryResults'] = () => {
      const status = states.shift();
      return { body: { status, results: status === 'Complete' ? [counted('7', 3)] : [counted('7', 1)] } };
    };
    expect((await observe(observing)).challenger.requests).toBe(3);
    expect(asked('GetQueryResults')).toHaveLength(4);
  });

  test('a query that cannot begin for want of room is begun again', async () => {
    insights([counted('5', 2)]);
    let refused = 0;
    answers['StartQuery'] = () =>
      refused++ < 3 ? refusal('LimitExceededException', 'Too many queries') : { body: { queryId: 'q-1' } };
    expect((await observe(observing)).champion.requests).toBe(2);
    expect(asked('StartQuery')).toHaveLength(4);
  });

  test('a function that never ran has no log', async () => {
    answers['StartQuery'] = () => refusal('ResourceNotFoundException', 'Log group does not exist');
    expect(await observe(observing)).toMatchObject({ champion: { requests: 0 }, challenger: { requests: 0 } });
    expect(asked('GetQueryResults')).toEqual([]);
  });

  test.each(['Failed', 'Cancelled', 'Timeout', 'Unknown'])('a query that ends as %s is no evidence', async (status) => {
    insights([counted('5', 2)], status);
    await expect(observe(observing)).rejects.toMatchObject({ code: 'traffic.query_failed' });
  });

  test('neither is a row that is no count, nor as many as may have been cut off', async () => {
    insights([counted('5', 2, { bucket: 'many' })]);
    await expect(observe(observing)).rejects.toMatchObject({ code: 'traffic.query_failed' });
    insights(Array.from({ length: 10_000 }, () => counted('5', 1)));
    await expect(observe(observing)).rejects.toMatchObject({
      code: 'traffic.query_failed',
      message: expect.stringContaining('10000 rows') as string,
    });
  });

  test('what may not be asked is said with the permission', async () => {
    answers['StartQuery'] = () =>
      refusal('AccessDeniedException', 'User: x is not authorized to perform: logs:StartQuery', 400);
    await expect(observe(observing)).rejects.toMatchObject({
      code: 'aws.access_denied',
      fix: 'Allow logs:StartQuery to whom the credentials belong.',
    });
  });

  test('without a challenger one version is looked at', async () => {
    insights([counted('5', 2)]);
    const { challenger: _, ...split } = observing.split;
    expect(await observe({ ...observing, split: { ...split, weight: 0 } })).toMatchObject({
      champion: { requests: 2 },
      challenger: { requests: 0, errors: 0 },
    });
    expect(asked('StartQuery')[0]?.['queryString']).toContain('functionVersion in ["5"]');
    expect(asked('GetMetricData')[0]?.['MetricDataQueries']).toHaveLength(1);
  });
});

describe('calls that ended without an answer', () => {
  test('are requests that failed, by the version that was executed', async () => {
    insights([counted('5', 100), counted('7', 10, { error: '1' })]);
    answers['GetMetricData'] = ({ NextToken }) => ({
      body:
        NextToken === undefined
          ? { MetricDataResults: [{ Id: 'm1', Values: [2, 1] }], NextToken: 'more' }
          : {
              MetricDataResults: [
                { Id: 'm1', Values: [4] },
                { Id: 'm0', Values: [] },
              ],
            },
    });
    const { champion, challenger } = await observe(observing);
    expect(champion).toMatchObject({ requests: 100, errors: 0 });
    expect(challenger).toMatchObject({ requests: 17, errors: 17 });
    expect(challenger.latencies.count).toBe(0);
  });

  test('are asked for by the dimensions that Lambda has, in whole minutes', async () => {
    insights([]);
    await observe(observing);
    const [input] = asked('GetMetricData');
    expect(input).toMatchObject({ StartTime: 100 * 60, EndTime: 111 * 60 });
    const dimensions = (version: string) => [
      { Name: 'FunctionName', Value: 'onnward-dev-iris' },
      { Name: 'Resource', Value: 'onnward-dev-iris:live' },
      { Name: 'ExecutedVersion', Value: version },
    ];
    const metric = { Namespace: 'AWS/Lambda', MetricName: 'Errors' };
    expect(input?.['MetricDataQueries']).toEqual(
      ['5', '7'].map((version, index) => ({
        Id: `m${index}`,
        MetricStat: { Metric: { ...metric, Dimensions: dimensions(version) }, Period: 60, Stat: 'Sum' },
      })),
    );
  });

  test('which may not be asked for are not taken for none', async () => {
    insights([counted('5', 100)]);
    answers['GetMetricData'] = () => refusal('AccessDenied', 'no', 403);
    await expect(observe(observing)).rejects.toMatchObject({ code: 'aws.access_denied' });
  });
});

const line = (more: object): string =>
  JSON.stringify({
    service: 'onnward-dev',
    model: 'iris',
    qualifier: 'live',
    functionVersion: '5',
    coldStart: 0,
    Errors: 0,
    Latency: 1,
    ...more,
  });

describe('by the lines themselves, where there is no Logs Insights', () => {
  const standIn: Observing = { ...observing, observations: 'logs' };
  const event = (message: string, timestamp = SINCE) => ({ message, timestamp });

  test('the same is counted, page by page', async () => {
    answers['FilterLogEvents'] = ({ nextToken }) => ({
      body:
        nextToken === undefined
          ? { events: [event('START RequestId: 1'), event(line({})), event(line({}))], nextToken: 'more' }
          : { events: [event(line({ functionVersion: '7', Errors: 1 })), event(line({}), UNTIL), event('{ not JSON')] },
    });
    const { champion, challenger } = await observe(standIn);
    expect(champion).toMatchObject({ requests: 2, errors: 0 });
    expect(challenger).toMatchObject({ requests: 1, errors: 1 });
    expect(asked('FilterLogEvents')[0]).toEqual({
      logGroupName: '/aws/lambda/onnward-dev-iris',
      startTime: SINCE,
      endTime: UNTIL,
    });
    expect(asked('StartQuery')).toEqual([]);
  });

  test('what has no room is a failure, other refusals are refusals, and neither is quick', async () => {
    const challenger = { functionVersion: '7', Latency: 0.01 };
    const events = [
      event(line({ ...challenger, status: 429, errorCode: 'model.overloaded' })),
      event(line({ ...challenger, status: 413, errorCode: 'request.too_large' })),
      event(line({ ...challenger, status: 200, Latency: 2 })),
    ];
    answers['FilterLogEvents'] = () => ({ body: { events } });
    const seen = (await observe(standIn)).challenger;
    expect(seen).toMatchObject({ requests: 3, errors: 1, refused: 1 });
    expect(seen.latencies.entries()).toEqual([{ endMs: 2, count: 1 }]);
  });

  test('a function that never ran has no log', async () => {
    answers['FilterLogEvents'] = () => refusal('ResourceNotFoundException', 'The specified log group does not exist.');
    expect(await observe(standIn)).toMatchObject({ champion: { requests: 0 } });
  });

  test('a log without end is refused', async () => {
    const events = Array.from({ length: 10_000 }, () => event('x'));
    answers['FilterLogEvents'] = () => ({ body: { events, nextToken: 'more' } });
    await expect(observe(standIn)).rejects.toMatchObject({ code: 'traffic.many_lines' });
  });

  test('lines that are alike are one row', () => {
    const query = {
      service: 'onnward-dev',
      model: 'iris',
      functionVersions: ['5'],
      qualifier: 'live',
      since: SINCE,
      until: UNTIL,
    };
    const events = [line({}), line({ requestId: 'other' }), line({ Latency: 2 }), 'null', '{}', '[1]', ''].map((text) =>
      event(text),
    );
    expect(rowsOf(events, query)).toEqual([
      { functionVersion: '5', coldStart: 0, error: 0, refused: 0, correct: -1, bucket: 320, lines: 2 },
      { functionVersion: '5', coldStart: 0, error: 0, refused: 0, correct: -1, bucket: 352, lines: 1 },
    ]);
  });
});
