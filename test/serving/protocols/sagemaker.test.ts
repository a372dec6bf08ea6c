import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import type { AnsweredRequest } from '#core/ports.ts';
import { createApp } from '#serving/app.ts';
import type { Host } from '#serving/host.ts';
import { executionParameters, invocations } from '#serving/protocols/sagemaker.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { frame, HEADER, rawOf, type Send, overFetch } from '../../contracts/oip-client.ts';
import { iris, ok, refused } from '../../contracts/oip-expectations.ts';
import { contractHost } from '../../contracts/oip-host.ts';

const LIMITS = { maxBodyBytes: 10_000 };
const TYPE = 'application/vnd.sagemaker-triton.binary+json';

/** The contract's host with those of its models alone. */
async function hostOf(names: readonly string[], ready = true): Promise<Host> {
  const host = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
  return { ...host, ready, index: () => host.index().filter(({ name }) => names.includes(name)) };
}

const sendTo = (host: Host): Send => overFetch(createApp(host, LIMITS).fetch);
const invocation = { method: 'POST', path: '/invocations', body: iris } as const;

describe('the model of a request that names none', () => {
  test('is the only one', async () => {
    const send = sendTo(await hostOf(['identity_fp32']));
    expect(ok(await send(invocation)).answer.model_name).toBe('identity_fp32');
  });

  test('is the only one where several of its versions are served', async () => {
    const host = await hostOf(['identity_fp32']);
    const index = [...host.index(), ...host.index()];
    expect((await sendTo({ ...host, index: () => index })(invocation)).status).toBe(200);
  });

  test('is asked for where there are more', async () => {
    const send = sendTo(await hostOf(['identity_fp32', 'scalar']));
    refused(await send(invocation), 400, /there are: identity_fp32, scalar: Name one/);
  });

  test('cannot be told where there is none', async () => {
    refused(await sendTo(await hostOf([]))(invocation), 400, /there are: none yet/);
  });

  test('is waited for while models are loading', async () => {
    refused(await sendTo(await hostOf([], false))(invocation), 503, /being loaded/);
    const loading = await sendTo(await hostOf(['loading'], false))(invocation);
    refused(loading, 503, /being loaded/);
    expect(loading.headers['retry-after']).toBe('1');
  });
});

test('a request that names another model than the only one is not answered by that one', async () => {
  const send = sendTo(await hostOf(['identity_fp32']));
  const headers = { 'x-amzn-sagemaker-target-model': 'other' };
  refused(await send({ ...invocation, headers }), 404, /no such model/);
});

test('a ping says that models are loading', async () => {
  const response = await sendTo(await hostOf([], false))({ method: 'GET', path: '/ping' });
  refused(response, 503, /being loaded/);
});

describe('what a batch transform is told', () => {
  test.each([
    [64, 6, 16],
    [6, 6, 16],
    [4, 4, 25],
    [0.5, 1, 100],
  ])('with a limit of %d MiB a body', (mebibytes, payload, concurrent) => {
    const parameters = executionParameters({ maxBodyBytes: mebibytes * 1024 * 1024 });
    expect(parameters).toMatchObject({ MaxPayloadInMB: payload, MaxConcurrentTransforms: concurrent });
  });

  test('is within what the service takes together, whatever the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (maxBodyBytes) => {
        const parameters = executionParameters({ maxBodyBytes }) as Record<string, number>;
        const together = (parameters['MaxPayloadInMB'] ?? 0) * (parameters['MaxConcurrentTransforms'] ?? 0);
        expect(together).toBeGreaterThan(0);
        expect(together).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('the count of requests', () => {
  async function recorded(headers: Record<string, string>, body = iris) {
    const seen: AnsweredRequest[] = [];
    const request = { header: (name: string) => headers[name], body: Buffer.from(body) };
    await invocations(await hostOf(['identity_fp32', 'scalar']), request, LIMITS, {
      record: (each) => seen.push(each),
    });
    return seen.map(({ model, version, status, errorCode }) => [model, version, status, errorCode]);
  }
  const target = { 'x-amzn-sagemaker-target-model': 'identity_fp32' };

  test.each([
    ['an answer', target, iris, 'identity_fp32', 3, 200, undefined],
    ['a refusal of the model’s', target, '{', 'identity_fp32', 3, 400, expect.stringMatching(/^request\./)],
    ['a type', { ...target, 'content-type': 'text/csv' }, iris, undefined, undefined, 415, 'invocations.content_type'],
    ['no model', {}, iris, undefined, undefined, 400, 'invocations.model'],
    ['another', { 'x-amzn-sagemaker-target-model': 'x' }, iris, undefined, undefined, 404, 'model.not_found'],
    ['no name', { 'x-amzn-sagemaker-target-model': 'A B' }, iris, undefined, undefined, 400, 'reference.invalid'],
  ])('has each once: %s', async (_, headers, body, ...expected) => {
    expect(await recorded(headers, body)).toEqual([expected]);
  });
});

describe('whatever is sent', () => {
  const value = (right: readonly string[], most: number) =>
    fc.option(fc.oneof(fc.constantFrom(...right), fc.string({ unit: 'binary-ascii', maxLength: most }), latin1), {
      nil: undefined,
    });
  const latin1 = fc
    .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 40 })
    .map((codes) => String.fromCharCode(...codes));
  const raw = frame(
    { inputs: [{ name: 'x', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } }] },
    rawOf('FP32', Float32Array.of(1, 2)),
  );
  const requests = fc.record({
    'content-type': value(
      ['application/json', TYPE, `${TYPE};json-header-size=0`, `${TYPE};json-header-size=${raw.headers?.[HEADER]}`],
      60,
    ),
    accept: value(['*/*', 'application/json', TYPE, `${TYPE};q=0.5, */*;q=0.1`], 40),
    'x-amzn-sagemaker-target-model': value(['identity_fp32', 'scalar', 'identity_fp32:3', 'nope'], 20),
    'x-amzn-sagemaker-custom-attributes': value(['trace', 'a'.repeat(1024)], 1100),
    'x-amzn-sagemaker-inference-id': value(['id'], 140),
    body: fc.oneof(fc.constantFrom(Buffer.from(iris), raw.body as Buffer), fc.uint8Array({ maxLength: 200 })),
  });

  test('is answered or refused in the protocol’s words, and headers of ours are HTTP’s', async () => {
    const host = await hostOf(['identity_fp32', 'scalar']);
    const statuses = new Set<number>();
    const property = fc.asyncProperty(requests, async ({ body, ...sent }) => {
      const headers: Record<string, string | undefined> = sent;
      const request = { header: (name: string) => headers[name], body: Buffer.from(body) };
      const seen: AnsweredRequest[] = [];
      const response = await invocations(host, request, LIMITS, { record: (each) => seen.push(each) });
      statuses.add(response.status);
      expect(seen.map(({ status }) => status)).toEqual([response.status]);
      expect(response.status).toBeLessThan(500);
      // Throws at a value that no header may have.
      expect(() => new Headers(response.headers)).not.toThrow();
      const attributes = response.headers['x-amzn-sagemaker-custom-attributes'];
      if (attributes !== undefined) expect(attributes).toBe(headers['x-amzn-sagemaker-custom-attributes']);
      if (response.status !== 200) expect(Object.keys(JSON.parse(String(response.body)) as object)).toEqual(['error']);
    });
    await fc.assert(property, { numRuns: 3000 });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404, 415]));
  });
});
