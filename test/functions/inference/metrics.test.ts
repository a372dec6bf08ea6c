import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { CORRECT, DIMENSIONS, METRICS, NAMESPACE } from '#core/monitoring/metrics.ts';
import type { CountedFeedback } from '#core/monitoring/feedback.ts';
import type { Signature } from '#core/model/signature.ts';
import { bundle } from '#packaging/bundle.ts';
import { createApp } from '#serving/app.ts';
import { InvocationMetrics } from '../../../functions/inference/metrics.ts';
import { createResponder, type Fetch } from '#serving/events/respond.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { emfLines, readEmf } from './emf.ts';
import { type ClientRequest, GATEWAYS, httpApi } from './gateways.ts';

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:onnward-prod-scalar:live';
const environment = {
  POWERTOOLS_SERVICE_NAME: 'onnward-prod',
  ONNWARD_MODEL: 'scalar',
  ONNWARD_VERSION: '3',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_FUNCTION_VERSION: '17',
};
const context = {
  invokedFunctionArn: ARN,
  awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  getRemainingTimeInMillis: () => 30_000,
};
const question = { inputs: [{ name: 'x', datatype: 'FP32', shape: [], data: [1.5] }] };
const post = (path: string, body: object | string = question): ClientRequest => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': 'scalar' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const INFER = '/v2/models/scalar/infer';

let lines: ReturnType<typeof emfLines>;
beforeEach(() => {
  lines = emfLines();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** The function over models in memory, or over `fetch`. */
async function start(env: Readonly<Record<string, string>> = {}, fetch?: Fetch) {
  const host = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
  const app = createApp(host, { maxBodyBytes: 8_000_000 });
  const serve = async (): Promise<Fetch> => fetch ?? ((request, metrics) => app.fetch(request, { metrics }));
  const metrics = new InvocationMetrics({ ...environment, ...env });
  return createResponder({ model: 'scalar', serve, metrics });
}

/** The one line that a request writes. */
async function lineOf(request: ClientRequest, fetch?: Fetch, ms = 30_000) {
  const handler = await start({}, fetch);
  await handler(httpApi.event(request), { ...context, getRemainingTimeInMillis: () => ms });
  expect(lines).toHaveLength(1);
  return lines[0] as (typeof lines)[number];
}

test('a line has the metrics of the list, in its dimensions, with what else is known beside them', async () => {
  const { _aws, ...rest } = await lineOf(post(INFER));
  expect(_aws.CloudWatchMetrics).toEqual([
    {
      Namespace: NAMESPACE,
      Dimensions: [[...DIMENSIONS]],
      Metrics: Object.values(METRICS).map(({ name, unit }) => ({ Name: name, Unit: unit })),
    },
  ]);
  expect(rest).toEqual({
    service: 'onnward-prod',
    model: 'scalar',
    Requests: 1,
    Errors: 0,
    Latency: expect.any(Number) as number,
    version: 3,
    functionVersion: '17',
    qualifier: 'live',
    status: 200,
    coldStart: 1,
    readMs: expect.any(Number) as number,
    runMs: expect.any(Number) as number,
    writeMs: expect.any(Number) as number,
    rows: 1,
    requestId: context.awsRequestId,
  });
});

test('the function that is deployed has what writes the line, and nothing of what Prometheus reads', () => {
  const { sources } = bundle({ main: 'functions/inference/handler.ts' });
  const packages = ['@aws-lambda-powertools/metrics', 'prom-client'];
  const has = packages.map((name) => sources.some((source) => source.includes(`node_modules/${name}/`)));
  expect(has).toEqual([true, false]);
});

test.each([
  [ARN, 'live'],
  [ARN.replace(/live$/, '17'), '17'],
  [ARN.replace(/:live$/, ''), ''],
  [undefined, ''],
])('a line says what the function was called by: %s', async (invokedFunctionArn, qualifier) => {
  const handler = await start();
  const { invokedFunctionArn: _, ...unqualified } = context;
  await handler(question, { ...unqualified, ...(invokedFunctionArn && { invokedFunctionArn }) });
  expect(lines).toMatchObject([{ qualifier, functionVersion: '17' }]);
});

describe('feedback', () => {
  const counted = { model: 'scalar', version: 2, target: '12', correct: true };
  /** An app that has taken these pieces of feedback in. */
  const taking =
    (...pieces: readonly CountedFeedback[]): Fetch =>
    (_, counters) => {
      for (const piece of pieces) counters.recordFeedback?.(piece);
      return new Response();
    };
  const send = async (...pieces: readonly CountedFeedback[]) => {
    const handler = await start({}, taking(...pieces));
    await handler(httpApi.event(post('/v2/models/scalar/feedback')), context);
    return lines;
  };

  test('has a line for each piece, of the version that has answered', async () => {
    const written = await send(counted, { ...counted, target: '17', version: 3, correct: false });
    const metrics = [{ Name: CORRECT.name, Unit: CORRECT.unit }];
    const directive = { Namespace: NAMESPACE, Dimensions: [[...DIMENSIONS]], Metrics: metrics };
    const line = { _aws: { CloudWatchMetrics: [directive] }, service: 'onnward-prod', model: 'scalar', feedback: 1 };
    expect(written).toMatchObject([
      { ...line, Correct: 1, version: 2, functionVersion: '12', qualifier: 'live' },
      { ...line, Correct: 0, version: 3, functionVersion: '17', qualifier: 'live' },
    ]);
  });

  test('of a value is neither right nor wrong where nobody has said how near is near: a line without a metric', async () => {
    const out: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    await send({ ...counted, correct: undefined, absoluteError: 0.25 }).finally(() => spy.mockRestore());
    expect(out.map((text) => JSON.parse(text) as unknown)).toEqual([
      {
        service: 'onnward-prod',
        model: 'scalar',
        version: 2,
        functionVersion: '12',
        qualifier: 'live',
        feedback: 1,
        absoluteError: 0.25,
      },
    ]);
  });

  test('is no metric where another one is watched, and as good a line for queries', async () => {
    const out: string[] = [];
    const handler = await start({ ONNWARD_WATCH: '{"metric":"f1_macro","below":0.8}' }, taking(counted));
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    const sent = handler(httpApi.event(post('/v2/models/scalar/feedback')), context);
    await sent.finally(() => spy.mockRestore());
    expect(out.map((text) => JSON.parse(text) as object)).toEqual([
      expect.objectContaining({ service: 'onnward-prod', model: 'scalar', Correct: 1, version: 2, qualifier: 'live' }),
    ]);
    expect(out.join()).not.toContain('_aws');
  });

  test('is no inference request', async () => {
    expect(await send()).toEqual([]);
  });
});

describe('what is counted', () => {
  test.each(GATEWAYS)('an inference request from $name', async (gateway) => {
    const handler = await start();
    for (const path of [INFER, '/v2/models/scalar/versions/live/infer', '/invocations']) {
      await handler(gateway.event(post(path)), context);
    }
    expect(lines.map(({ status, Requests }) => [status, Requests])).toEqual([INFER, INFER, INFER].map(() => [200, 1]));
  });

  test('a plain payload, whatever it is', async () => {
    const handler = await start();
    for (const payload of [question, {}, null]) await handler(payload, context);
    expect(lines.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [200, undefined],
      [400, 'input.missing'],
      [400, expect.stringMatching(/^request\./)],
    ]);
  });

  test('nothing else: no health, no metadata, no route that there is not, no wrong verb', async () => {
    const handler = await start();
    const others = [
      '/v2/health/ready',
      '/v2',
      '/v2/models/scalar',
      '/v2/models/stats',
      '/ping',
      '/metrics',
      '/nope',
      INFER,
    ];
    for (const path of others) await handler(httpApi.event({ method: 'GET', path }), context);
    for (const path of ['/v2/repository/index', '/v2/models/scalar/infer/more']) {
      await handler(httpApi.event(post(path)), context);
    }
    expect(lines).toEqual([]);
  });

  test('nothing at all for an event of which no request can be made', async () => {
    const handler = await start();
    await handler(httpApi.event({ ...post(INFER), headers: { 'x-note': 'two\nlines' } }), context);
    expect(lines).toEqual([]);
  });
});

describe('a refusal', () => {
  test.each([
    ['what the model does not take', post(INFER, '{"inputs":[]}'), 400, 'input.missing'],
    ['another model', post('/v2/models/secret-name/infer'), 404, 'model.not_found'],
    ['another version', post('/v2/models/scalar/versions/9/infer'), 404, 'version.not_found'],
    ['a body over the limit', post(INFER, ' '.repeat(8_000_001)), 413, 'request.too_large'],
    [
      'a type that SageMaker has and we have not',
      { ...post('/invocations'), headers: { 'content-type': 'text/csv' } },
      415,
      'invocations.content_type',
    ],
  ])('of %s is no error of ours, and is the one model’s', async (_, request, status, errorCode) => {
    const line = await lineOf(request);
    expect(line).toMatchObject({ Requests: 1, Errors: 0, status, errorCode, model: 'scalar', version: 3 });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  test('has no errorCode left over for the next request', async () => {
    const handler = await start();
    await handler(httpApi.event(post(INFER, '{')), context);
    await handler(httpApi.event(post(INFER)), context);
    expect(lines.map((line) => 'errorCode' in line)).toEqual([true, false]);
  });
});

describe('a failure', () => {
  const throws =
    (error: unknown): Fetch =>
    () => {
      throw error;
    };
  const notReady = new OnnwardError('no', { code: 'function.not_ready', kind: 'unavailable' });
  const late: Fetch = () => sleep(2_000, new Response(), { ref: false });
  const large: Fetch = () => Response.json('a'.repeat(7_000_000));

  test.each([
    ['a model that is not ready', throws(notReady), 503, 'function.not_ready', 1],
    ['what nobody foresaw', throws(new Error('hunter2')), 500, 'internal.unforeseen', 1],
    ['an answer that would be too late', late, 504, 'function.deadline', 1],
    ['an answer that is too large', large, 413, 'function.answer_too_large', 0],
  ])('%s', async (_, fetch, status, errorCode, errors) => {
    const line = await lineOf(post(INFER), fetch, 300);
    expect(line).toMatchObject({ Requests: 1, Errors: errors, status, errorCode });
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  test('that comes after the time was up does not count twice, nor in the next request', async () => {
    const waits = [120, 200];
    const slow: Fetch = async (_, metrics) => {
      const errorCode = waits.length === 2 ? 'model.run_failed' : undefined;
      await sleep(waits.shift());
      metrics.record({ model: 'scalar', version: 3, status: 500, errorCode, ms: 120 });
      return new Response();
    };
    const handler = await start({}, slow);
    await handler(httpApi.event(post(INFER)), { ...context, getRemainingTimeInMillis: () => 300 });
    await handler(httpApi.event(post(INFER)), context);
    expect(lines.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [504, 'function.deadline'],
      [200, undefined],
    ]);
  });
});

describe('a cold start', () => {
  const coldStarts = () => lines.map(({ coldStart }) => coldStart);

  test('is the first invocation of an environment', async () => {
    const handler = await start();
    for (let i = 0; i < 3; i++) await handler(question, context);
    expect(coldStarts()).toEqual([1, 0, 0]);
  });

  test('is over when a health check was the first', async () => {
    const handler = await start();
    await handler(httpApi.event({ method: 'GET', path: '/v2/health/ready' }), context);
    await handler(question, context);
    expect(coldStarts()).toEqual([0]);
  });

  test.each(['provisioned-concurrency', 'snap-start', '', 'whatever comes'])('is none with %j', async (type) => {
    await (
      await start({ AWS_LAMBDA_INITIALIZATION_TYPE: type })
    )(question, context);
    expect(coldStarts()).toEqual([0]);
  });
});

describe('a request’s way', () => {
  const told: Fetch = (_, counters) => {
    const times = { readMs: 0.12345678, runMs: 2.5, writeMs: 0.05, rows: 3 };
    counters.record({ model: 'scalar', version: 3, status: 200, errorCode: undefined, ms: 2.7, ...times });
    return new Response();
  };

  test('is on the line, in whole microseconds, with the rows that came together', async () => {
    expect(await lineOf(post(INFER), told)).toMatchObject({ readMs: 0.123, runMs: 2.5, writeMs: 0.05, rows: 3 });
  });

  test('is not there where nobody has measured it', async () => {
    const line = await lineOf(post(INFER), () => new Response());
    for (const name of ['readMs', 'runMs', 'writeMs', 'rows', 'loadMs']) expect(line).not.toHaveProperty(name);
  });

  test('of a cold start has the time that its model took, and no other has', async () => {
    performance.mark('onnward:begin', { startTime: 100 });
    performance.mark('onnward:loaded', { startTime: 350.5 });
    try {
      const handler = await start();
      for (let i = 0; i < 2; i++) await handler(question, context);
      expect(lines.map(({ loadMs }) => loadMs)).toEqual([250.5, undefined]);
    } finally {
      performance.clearMarks();
    }
  });

  test('costs by its time and the memory of the function, where that is known', async () => {
    const handler = await start({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' }, told);
    await handler(httpApi.event(post(INFER)), context);
    const [{ Latency, usd }] = lines as unknown as [{ Latency: number; usd: number }];
    const second = process.arch === 'arm64' ? 0.0000133334 : 0.0000166667;
    expect(usd).toBeCloseTo(0.0000002 + (Math.ceil(Latency) / 1000) * second, 9);
    expect(lines[0]?._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name)).not.toContain('usd');
  });
});

test('latency is from the event to the result, in milliseconds', async () => {
  const { Latency } = await lineOf(post(INFER), () => sleep(60, new Response()));
  expect(Latency).toBeGreaterThanOrEqual(59);
  expect(Latency).toBeLessThan(1000);
});

test('the client’s request id is on the line', async () => {
  const request = post(INFER);
  const line = await lineOf({ ...request, headers: { ...request.headers, 'x-request-id': 'mine' } });
  expect(line['requestId']).toBe('mine');
});

describe('a function that lacks something', () => {
  test.each([
    ['ONNWARD_MODEL', 'model', '(unknown)'],
    ['ONNWARD_VERSION', 'version', undefined],
    ['POWERTOOLS_SERVICE_NAME', 'service', 'service_undefined'],
  ])('%s still writes a line that CloudWatch takes', async (variable, property, value) => {
    await (
      await start({ [variable]: '' })
    )(question, context);
    expect(lines[0]?.[property]).toBe(value);
  });
});

describe('the reader of lines in this test', () => {
  const valid = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['d']], Metrics: [{ Name: 'M', Unit: 'Count' }] }],
    },
    d: 'value',
    M: 1,
  };
  const withDirective = (part: object) => ({
    ...valid,
    _aws: { ...valid._aws, CloudWatchMetrics: [{ ...valid._aws.CloudWatchMetrics[0], ...part }] },
  });

  test('takes what is right', () => expect(() => readEmf(JSON.stringify(valid))).not.toThrow());

  test.each([
    ['no metadata', { d: 'value', M: 1 }],
    ['no namespace', withDirective({ Namespace: undefined })],
    ['an empty namespace', withDirective({ Namespace: '' })],
    ['a unit that there is not', withDirective({ Metrics: [{ Name: 'M', Unit: 'ms' }] })],
    ['a metric without a value', withDirective({ Metrics: [{ Name: 'Other', Unit: 'Count' }] })],
    ['a dimension without a value', withDirective({ Dimensions: [['other']] })],
    ['a dimension that is a number', { ...valid, d: 7 }],
    ['an empty dimension', { ...valid, d: '' }],
    ['a metric that is text', { ...valid, M: '1' }],
    ['a time in seconds', { ...valid, _aws: { ...valid._aws, Timestamp: Math.floor(Date.now() / 1000) } }],
  ])('refuses %s', (_, line) => expect(() => readEmf(JSON.stringify(line))).toThrow());
});
