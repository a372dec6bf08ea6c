import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import { SERVER_METRICS } from '#core/monitoring/metrics.ts';
import { FeedbackCounters } from '#core/monitoring/feedback-counters.ts';
import { RequestCounters } from '#core/monitoring/request-counters.ts';
import type { LoadedModel } from '#core/ports.ts';
import { createApp } from '#serving/app.ts';
import type { Host } from '#serving/host.ts';
import { MonitorGauges } from '#serving/metrics/monitor-gauges.ts';
import { createScrape } from '#serving/metrics/scrape.ts';
import { ModelLoads } from '#serving/model-loads.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { FP32, infer, iris } from '../../contracts/oip-expectations.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { parseExposition, type Sample } from './exposition.ts';

const OPEN = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';

async function open(load: (fixture: string) => LoadedModel = (name) => echoModel(ECHOES[name] as Signature)) {
  const metrics = new RequestCounters();
  const feedback = new FeedbackCounters();
  const host: Host = {
    ...(await contractHost(async (name) => load(name))),
    loads: new ModelLoads(),
    monitored: new MonitorGauges(),
  };
  const app = createApp(host, { maxBodyBytes: 10_000 }, { scrape: createScrape(host, metrics, feedback) });
  const send = (path: string, init: RequestInit = {}) =>
    app.fetch(new Request(`http://door${path}`, init), { metrics });
  return {
    host,
    feedback,
    send,
    post: (path: string, body: string) => send(path, { method: 'POST', body }),
    async scrape(accept = 'text/plain') {
      const response = await send('/metrics', { headers: { accept } });
      const type = response.headers.get('content-type') as string;
      const format = type.startsWith('application/openmetrics-text') ? 'openmetrics' : 'text';
      return { status: response.status, type, families: parseExposition(await response.text(), format) };
    },
  };
}

const ofModel = (samples: readonly Sample[] | undefined, model: string) =>
  (samples ?? []).filter(({ labels }) => labels['model'] === model);

/** The value of the one series of a metric with these labels. */
async function valueOf(server: Awaited<ReturnType<typeof open>>, name: string, labels: Record<string, string>) {
  const { families } = await server.scrape();
  const family = families.get(name.replace(/_(sum|count)$/, '')) ?? families.get(name);
  const found = family?.samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  expect(found, name).toHaveLength(1);
  return found?.[0]?.value;
}

describe('a scrape', () => {
  test('has every metric of the list, with its type, help and labels, and the process’s own', async () => {
    const server = await open();
    await server.post(FP32, iris);
    await server.post(FP32, '{');
    server.host.loads?.succeeded('identity_fp32', 3, 20);
    server.feedback.recordFeedback({ model: 'identity_fp32', version: 3, target: '3', correct: true });
    server.feedback.recordUncounted({ model: 'identity_fp32', reasons: { repeated: 1 } });
    server.host.monitored?.put([
      { model: 'identity_fp32', name: 'Quality', value: 0.875, at: 1 },
      { model: 'identity_fp32', name: 'Drift', value: 2, at: 1 },
      { model: 'identity_fp32', name: 'Drift', value: 3, at: 2 },
    ]);
    const { status, type, families } = await server.scrape();
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const { prometheus, type: expected, labels, description } of Object.values(SERVER_METRICS)) {
      const family = families.get(prometheus);
      expect([family?.type, family?.help], prometheus).toEqual([expected, description]);
      const [sample] = ofModel(family?.samples, 'identity_fp32');
      expect(Object.keys(sample?.labels ?? {}).filter((label) => label !== 'le')).toEqual(labels);
    }
    const values = ['onnward_quality', 'onnward_drifting_features'].map((name) => families.get(name)?.samples);
    expect(values.map((samples) => samples?.map(({ value }) => value))).toEqual([[0.875], [3]]);
    expect([...families.keys()]).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_resident_memory_bytes',
        'nodejs_eventloop_lag_seconds',
      ]),
    );
  });

  test.each([OPEN, 'application/openmetrics-text', 'text/plain;q=0.1, application/openmetrics-text'])(
    'is OpenMetrics where %s is accepted',
    async (accept) => {
      const server = await open();
      await server.post(FP32, iris);
      const { type, families } = await server.scrape(accept);
      expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
      expect(families.get('onnward_requests')?.samples[0]?.name).toBe('onnward_requests_total');
    },
  );

  test.each([
    '',
    '*/*',
    'text/plain',
    'text/plain, application/openmetrics-text;q=0.5',
    'application/openmetrics-text;q=0',
  ])('is text where %j is accepted', async (accept) =>
    expect((await (await open()).scrape(accept)).type).toMatch(/^text\/plain/),
  );

  test('says the same in either format, in turns and at once', async () => {
    const server = await open();
    await server.post(FP32, iris);
    const scrapes = [
      await server.scrape(),
      await server.scrape(OPEN),
      await server.scrape(),
      await server.scrape(OPEN),
    ];
    scrapes.push(...(await Promise.all([server.scrape(), server.scrape(OPEN), server.scrape()])));
    const requests = scrapes.map(({ families }) =>
      [...families.values()].flatMap(({ samples }) => samples.filter(({ name }) => name === 'onnward_requests_total')),
    );
    for (const samples of requests) expect(samples).toEqual(requests[0]);
  });

  test('is packed for who can unpack it', async () => {
    const server = await open();
    const response = await server.send('/metrics', { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  test('is not there in an app that was given none, nor by another verb', async () => {
    const app = createApp((await open()).host, { maxBodyBytes: 1 });
    expect((await app.request('/metrics')).status).toBe(404);
    expect((await (await open()).post('/metrics', '')).status).toBe(405);
  });
});

describe('requests', () => {
  test('are counted once each, with their latency in buckets', async () => {
    const server = await open();
    for (let i = 0; i < 5; i++) await server.post(FP32, iris);
    const labels = { model: 'identity_fp32', version: '3' };
    expect(await valueOf(server, 'onnward_requests_total', labels)).toBe(5);
    expect(await valueOf(server, 'onnward_errors_total', labels)).toBe(0);
    expect(await valueOf(server, 'onnward_request_duration_seconds_count', labels)).toBe(5);
    const sum = (await valueOf(server, 'onnward_request_duration_seconds_sum', labels)) as number;
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(5);
    const { families } = await server.scrape();
    const ends = ofModel(families.get('onnward_request_duration_seconds')?.samples, 'identity_fp32').map(
      ({ labels: { le } }) => le,
    );
    expect(ends.slice(0, 21)).toEqual([...Array.from({ length: 20 }, (_, i) => String(2 ** (i - 4) / 1000)), '+Inf']);
  });

  test('that ask for something else are not', async () => {
    const server = await open();
    for (const path of ['/v2', '/v2/health/live', '/v2/models/scalar', '/ping', FP32]) await server.send(path);
    expect((await server.scrape()).families.get('onnward_requests_total')?.samples).toEqual([]);
  });

  test('that are refused are counted by their code, and by the version that refused them', async () => {
    const server = await open();
    await server.post(FP32, '{');
    await server.post(FP32, '{"inputs":[]}');
    await server.post('/v2/models/identity_fp32/versions/9/infer', iris);
    await server.post(infer('loading'), iris);
    await server.post(FP32, ' '.repeat(10_001));
    const refusal = (code: string, model: string, version: string) =>
      valueOf(server, 'onnward_refusals_total', { code, model, version });
    expect(await refusal('input.missing', 'identity_fp32', '3')).toBe(1);
    expect(await refusal('version.not_found', 'identity_fp32', '(none)')).toBe(1);
    expect(await refusal('request.too_large', 'identity_fp32', '(none)')).toBe(1);
    expect(await refusal('model.loading', 'loading', '(none)')).toBe(1);
    expect(await valueOf(server, 'onnward_errors_total', { model: 'loading' })).toBe(1);
    expect(await valueOf(server, 'onnward_errors_total', { model: 'identity_fp32', version: '3' })).toBe(0);
  });

  test('for a thousand names that nobody serves are one series, while models are loading too', async () => {
    const server = await open();
    const known = { ...server.host };
    server.host.find = (name, version) => {
      if (name.startsWith('loading')) throw new OnnwardError('wait', { code: 'model.loading', kind: 'unavailable' });
      return known.find(name, version);
    };
    for (let i = 0; i < 500; i++) await server.post(infer(`made-up-${i}`), iris);
    for (let i = 0; i < 500; i++) await server.post(infer(`loading-${i}`), iris);
    const { families } = await server.scrape();
    expect(families.get('onnward_requests_total')?.samples).toEqual([
      { name: 'onnward_requests_total', labels: { model: '(unknown)', version: '(none)' }, value: 1000 },
    ]);
  });

  test('on SageMaker’s route are counted like any other', async () => {
    const server = await open();
    const headers = { 'x-amzn-sagemaker-target-model': 'identity_fp32', 'content-type': 'application/json' };
    await server.send('/invocations', { method: 'POST', body: iris, headers });
    await server.send('/invocations', { method: 'POST', body: iris, headers: { 'content-type': 'text/csv' } });
    expect(await valueOf(server, 'onnward_requests_total', { model: 'identity_fp32' })).toBe(1);
    const unknown = { model: '(unknown)', code: 'invocations.content_type' };
    expect(await valueOf(server, 'onnward_refusals_total', unknown)).toBe(1);
  });
});

describe('models', () => {
  test('show what waits for them or is in computation, whether it ends well or not', async () => {
    const release: ((fails: boolean) => void)[] = [];
    const server = await open((name) => ({
      ...echoModel(ECHOES[name] as Signature),
      infer: (inputs) =>
        new Promise((resolve, reject) => {
          release.push((fails) =>
            fails ? reject(new OnnwardError('no', { code: 'model.deadline', kind: 'deadline' })) : resolve(inputs),
          );
        }),
    }));
    const inFlight = () => valueOf(server, 'onnward_requests_in_flight', { model: 'identity_fp32' });
    const answers = [server.post(FP32, iris), server.post(FP32, iris)];
    await expect.poll(() => release.length).toBe(2);
    expect(await inFlight()).toBe(2);
    release[0]?.(true);
    await answers[0];
    expect(await inFlight()).toBe(1);
    release[1]?.(false);
    await answers[1];
    expect(await inFlight()).toBe(0);
    expect(await valueOf(server, 'onnward_errors_total', { model: 'identity_fp32' })).toBe(1);
  });

  test('show the engine’s times and how many requests shared a run', async () => {
    const ns = (count: number, seconds: number) => ({ count, ns: seconds * 1e9 });
    const batches = [
      { size: 1, count: 4, ns: 1 },
      { size: 3, count: 2, ns: 1 },
      { size: 16, count: 1, ns: 1 },
    ];
    const server = await open((name) => {
      const model = echoModel(ECHOES[name] as Signature);
      return { ...model, statistics: { ...model.statistics, batches, queue: ns(9, 1.5), computeInfer: ns(9, 2.25) } };
    });
    const labels = { model: 'scalar', version: '3' };
    expect(await valueOf(server, 'onnward_queue_seconds_total', labels)).toBe(1.5);
    expect(await valueOf(server, 'onnward_compute_seconds_total', labels)).toBe(2.25);
    expect(await valueOf(server, 'onnward_run_requests_count', labels)).toBe(7);
    expect(await valueOf(server, 'onnward_run_requests_sum', labels)).toBe(26);
    const { families } = await server.scrape();
    const buckets = ofModel(families.get('onnward_run_requests')?.samples, 'scalar').slice(0, 6);
    expect(buckets.map(({ labels: { le }, value }) => [le, value])).toEqual([
      ['1', 4],
      ['2', 4],
      ['4', 6],
      ['8', 6],
      ['16', 7],
      ['+Inf', 7],
    ]);
  });

  test('show which are ready, once each however many references name them', async () => {
    const server = await open();
    const index = server.host.index();
    server.host.index = () => [...index, ...index, { name: 'new', version: '', state: 'LOADING', reason: '' }];
    expect(await valueOf(server, 'onnward_model_ready', { model: 'scalar', version: '3' })).toBe(1);
    expect(await valueOf(server, 'onnward_model_ready', { model: 'loading', version: '1' })).toBe(0);
    expect(await valueOf(server, 'onnward_model_ready', { model: 'new', version: '(none)' })).toBe(0);
  });

  test('show how often they were loaded, and could not be', async () => {
    const server = await open();
    server.host.loads?.succeeded('scalar', 3, 250);
    server.host.loads?.succeeded('scalar', 3, 500);
    server.host.loads?.failed('scalar', 4);
    expect(await valueOf(server, 'onnward_model_loads_total', { model: 'scalar', version: '3' })).toBe(2);
    expect(await valueOf(server, 'onnward_model_load_seconds_total', { model: 'scalar', version: '3' })).toBe(0.75);
    expect(await valueOf(server, 'onnward_model_load_failures_total', { model: 'scalar', version: '4' })).toBe(1);
  });
});
