import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { createResponder, type Fetch } from '#serving/events/respond.ts';
import { httpApi, loadBalancer, type Gateway } from '../../functions/inference/gateways.ts';

const context = { awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd', getRemainingTimeInMillis: () => 30_000 };

/** A handler over `fetch`, and what the client of a gateway gets from it. */
function through(gateway: Gateway, fetch: Fetch, left = context) {
  const handler = createResponder({ model: 'digits', serve: async () => fetch });
  return async (path = '/v2', headers: Record<string, string> = {}) =>
    gateway.response(await handler(gateway.event({ method: 'GET', path, headers }), left));
}

const errorOf = ({ body }: { body: Uint8Array }) => JSON.parse(Buffer.from(body).toString()) as { error: string };

describe('the request id', () => {
  const echo: Fetch = (request) => new Response(request.headers.get('x-request-id'));

  test("is Lambda's own", async () => {
    expect(Buffer.from((await through(httpApi, echo)()).body).toString()).toBe(context.awsRequestId);
  });

  test("is the client's where it sent one, on a refusal too", async () => {
    const send = through(httpApi, (request) => {
      throw new OnnwardError(`refused ${request.method}`, { code: 'test.refused', kind: 'conflict' });
    });
    const response = await send('/v2', { 'X-Request-Id': 'mine' });
    expect([response.status, response.headers['x-request-id']]).toEqual([409, 'mine']);
  });
});

describe('the time that is left', () => {
  const hasLeft = (ms: number) => ({ ...context, getRemainingTimeInMillis: () => ms });

  test('a slow answer is given up before Lambda gives up, as 504', async () => {
    const started = performance.now();
    const slow: Fetch = () => sleep(5_000, new Response('late'), { ref: false });
    const response = await through(httpApi, slow, hasLeft(350))();
    expect(response.status).toBe(504);
    expect(errorOf(response).error).toMatch(/before the function's timeout/);
    expect(performance.now() - started).toBeLessThan(350);
  });

  test('a model that is still loading is given up too', async () => {
    const handler = createResponder({ model: 'digits', serve: () => new Promise(() => undefined) });
    const result = await handler(httpApi.event({ method: 'GET', path: '/v2' }), hasLeft(300));
    expect(result).toMatchObject({ statusCode: 504 });
  });

  test('an answer that is there at once needs none', async () => {
    expect((await through(httpApi, () => new Response('ok'), hasLeft(0))()).status).toBe(200);
  });

  test('work that fails after it was given up harms nobody', async () => {
    const failing: Fetch = async () => {
      await sleep(120);
      throw new Error('late');
    };
    expect((await through(httpApi, failing, hasLeft(260))()).status).toBe(504);
    await sleep(150); // an unhandled rejection would end the run
  });
});

describe('an answer that is too large', () => {
  const text =
    (length: number): Fetch =>
    () =>
      new Response('a'.repeat(length), { headers: { 'content-type': 'text/plain' } });
  const bytes =
    (length: number): Fetch =>
    () =>
      new Response(new Uint8Array(length), { headers: { 'content-type': 'application/octet-stream' } });

  test.each([
    ['text within 6 MB', httpApi, text(6_290_000), 200],
    ['text over 6 MB', httpApi, text(6_291_500), 413],
    ['bytes that fit as base64', httpApi, bytes(4_700_000), 200],
    ['bytes that do not', httpApi, bytes(4_800_000), 413],
    ['as many bytes as fit', loadBalancer, bytes(786_330), 200],
    ['one byte more', loadBalancer, bytes(786_331), 413],
    ['as much text as fits', loadBalancer, text(1_048_455), 200],
    ['one letter more', loadBalancer, text(1_048_456), 413],
    ['quotes, which count twice', httpApi, () => Response.json('"'.repeat(1_600_000)), 413],
  ] as const)('%s from %o', async (_, gateway, fetch, status) => {
    const response = await through(gateway, fetch)();
    expect(response.status).toBe(status);
    if (status === 413)
      expect(errorOf(response).error).toMatch(/the answer has \d+ bytes, and .* takes at most \d+: Ask for/);
  });
});

describe('what goes wrong', () => {
  afterEach(() => vi.restoreAllMocks());

  test('an error that is not ours tells the client nothing, and the log all', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const failure = new Error('the password is hunter2');
    const response = await through(httpApi, () => Promise.reject(failure))();
    expect(response.status).toBe(500);
    expect(errorOf(response).error).not.toContain('hunter2');
    expect(log.mock.calls).toEqual([[failure]]);
  });

  test('why a model did not load goes to the log, a mistake of the client does not', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const cause = new Error('AccessDenied');
    const notReady = new OnnwardError('not ready', { code: 'function.not_ready', kind: 'unavailable', cause });
    expect(await through(httpApi, () => Promise.reject(notReady))()).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    expect((await through(httpApi, () => new Response())('/v2', { 'x-note': 'two\nlines' })).status).toBe(400);
    expect(log.mock.calls).toEqual([[cause]]);
  });
});

describe('a plain payload', () => {
  const seen: { url?: string; text?: string } = {};
  const invoke = (payload: unknown, answer: Response = Response.json({ model_name: 'digits', outputs: [] })) =>
    createResponder({
      model: 'digits',
      serve: async () => async (request) => {
        Object.assign(seen, { url: request.url, text: await request.text() });
        return answer;
      },
    })(payload, context);

  const ints = (datatype: string, data: unknown) => ({ inputs: [{ name: 'x', datatype, shape: [1], data }] });

  test('is an infer request for the pinned model, and its answer the response object', async () => {
    const payload = { id: '7', inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1.5] }] };
    expect(await invoke(payload)).toEqual({ model_name: 'digits', outputs: [] });
    expect(new URL(seen.url as string).pathname).toBe('/v2/models/digits/infer');
    expect(JSON.parse(seen.text as string)).toEqual(payload);
  });

  test.each([{}, [], null, 'text', 7, { requestContext: 'none' }, { inputs: 'x' }, { inputs: [null] }])(
    'that is %j goes to the protocol, which says what is wrong with it',
    async (payload) => {
      await invoke(payload);
      expect(seen.text).toBe(JSON.stringify(payload));
    },
  );

  test('is refused in a result, with the status', async () => {
    const answer = Response.json({ error: 'input x is missing' }, { status: 400 });
    expect(await invoke({}, answer)).toEqual({ error: 'input x is missing', statusCode: 400 });
  });

  test('gets every digit of a 64-bit integer back', async () => {
    const text = '{"outputs":[{"name":"y","data":[9007199254740993,-9223372036854775808,1.5,1e300]}]}';
    const answer = new Response(text, { headers: { 'content-type': 'application/json' } });
    expect(JSON.stringify(await invoke({}, answer))).toBe(text);
  });

  test.each([
    ['INT64', [2 ** 53]],
    ['UINT64', [[1], [2 ** 60]]],
    ['INT64', [-(2 ** 53)]],
  ])('with %s %j may have been rounded by Lambda, and is refused', async (datatype, data) => {
    expect(await invoke(ints(datatype, data))).toEqual({
      error: expect.stringMatching(/^input "x" has an integer beyond 2\^53.*: Send an API Gateway 2\.0 event/),
      statusCode: 400,
    });
  });

  test.each([
    ['INT64', [2 ** 53 - 1]],
    ['FP64', [2 ** 60]],
    ['INT64', 'text'],
  ])('with %s %j is passed on', async (datatype, data) => {
    expect(await invoke(ints(datatype, data))).not.toHaveProperty('error');
  });

  test('cannot have binary tensors back, and is told what can', async () => {
    const answer = new Response(new Uint8Array(3), { headers: { 'content-type': 'application/octet-stream' } });
    expect(await invoke({}, answer)).toEqual({
      error: expect.stringContaining('API Gateway 2.0 event'),
      statusCode: 400,
    });
  });
});
