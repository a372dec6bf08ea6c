import { describe, expect, test } from 'vitest';
import { jsonRequest } from './oip-client.ts';
import { FP32, MAX_BODY_BYTES, infer, iris, ok, refused, type Door } from './oip-expectations.ts';
import { VERSION } from './oip-host.ts';

/** Routes, ids, limits: what is around the tensors. */
export function oipRoutes({ send, post, get }: Door): void {
  describe('1. routes', () => {
    test('the server says that it lives, is ready, and what it is', async () => {
      expect(await get('/v2/health/live')).toEqual({ live: true });
      expect(await get('/v2/health/ready')).toEqual({ live: true, ready: true });
      expect(await get('/v2')).toEqual({
        name: 'onnward',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        extensions: expect.arrayContaining(['binary_tensor_data', 'classification', 'statistics']) as string[],
      });
      expect(await get('/v2/')).toEqual(await get('/v2'));
    });

    test.each(['', `/versions/${VERSION}`, '/versions/live'])('a model answers at "%s"', async (version) => {
      const base = `/v2/models/identity_pair${version}`;
      const tensors = (a: string, b: string) => [
        { name: a, datatype: 'FP32', shape: [-1, 3] },
        { name: b, datatype: 'INT64', shape: [-1] },
      ];
      expect(await get(base)).toEqual({
        name: 'identity_pair',
        versions: ['3'],
        platform: 'onnx_onnxv1',
        inputs: tensors('a', 'b'),
        outputs: tensors('a_out', 'b_out'),
        properties: { labels: expect.any(String) },
      });
      expect(await get(`${base}/ready`)).toEqual({ name: 'identity_pair', ready: true });
      expect(await get(`${base}/config`)).toMatchObject({
        name: 'identity_pair',
        max_batch_size: 0,
        input: [{ name: 'a', data_type: 'TYPE_FP32', dims: [-1, 3] }, {}],
      });
      const inputs = [
        { name: 'b', shape: [2], datatype: 'INT64', data: [7, 8] },
        { name: 'a', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] },
      ];
      const { answer } = ok(await post(`${base}/infer`, JSON.stringify({ inputs })));
      expect(answer).toEqual({
        model_name: 'identity_pair',
        model_version: '3',
        outputs: [
          { name: 'a_out', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] },
          { name: 'b_out', datatype: 'INT64', shape: [2], data: [7, 8] },
        ],
      });
    });

    test('statistics count what was asked', async () => {
      interface Stats {
        model_stats: { name: string; inference_count: number; inference_stats: Record<string, { count: number }> }[];
      }
      const path = '/v2/models/scalar/stats';
      const before = (await get(path)) as Stats;
      ok(await post(infer('scalar'), jsonRequest('FP32', [], '[1]')));
      const after = (await get(path)) as Stats;
      expect(after.model_stats).toMatchObject([{ name: 'scalar', version: '3' }]);
      const count = ({ model_stats: [stats] }: Stats): number[] =>
        ['success', 'compute_input', 'compute_output'].map((key) => stats?.inference_stats[key]?.count as number);
      expect(count(after)).toEqual(count(before).map((value) => value + 1));
      const all = (await get('/v2/models/stats')) as Stats;
      expect(all.model_stats.length).toBeGreaterThan(10);
    });

    test('the repository lists its models, ready ones alone on request, and loads none', async () => {
      const entry = { name: 'loading', version: '1', state: 'LOADING', reason: 'it is being loaded' };
      for (const path of ['/v2/repository/index', '/v2/repository/local/index']) {
        const all = await post(path, '');
        expect(JSON.parse(Buffer.from(all.body).toString())).toContainEqual(entry);
        const ready = JSON.parse(Buffer.from((await post(path, '{"ready":true}')).body).toString()) as object[];
        expect(ready).toContainEqual({ name: 'scalar', version: '3', state: 'READY', reason: '' });
        expect(ready).not.toContainEqual(entry);
      }
      refused(await post('/v2/repository/index', '[1]'), 400, /JSON object/);
      refused(await post('/v2/repository/index', '{"ready":1}'), 400, /true or false/);
      for (const verb of ['load', 'unload']) {
        refused(await post(`/v2/repository/models/scalar/${verb}`, ''), 400, /release/);
      }
      const { models } = (await get('/v2/models')) as { models: string[] };
      expect(models).toContain('identity_bytes');
    });

    test('names are percent-decoded', async () => {
      expect(await get('/v2/models/identity%5Ffp32/ready')).toEqual({ name: 'identity_fp32', ready: true });
      ok(await post('/v2/models/identity%5Ffp32/versions/%33/infer', iris));
    });

    test('what is not there is 404, what is not ready 503, a wrong verb 405', async () => {
      for (const path of [
        '/v2/models/nope',
        '/v2/models/scalar/versions/4',
        '/v2/nope',
        '/nope',
        '/v2/models/scalar/nope',
      ]) {
        refused(await send({ method: 'GET', path }), 404, /./);
      }
      refused(await post(infer('nope'), iris), 404, /no such model/);
      refused(await post('/v2/models/identity_fp32/versions/9/infer', iris), 404, /live is 3/);
      const loading = await post(infer('loading'), iris);
      refused(loading, 503, /being loaded/);
      expect(Number(loading.headers['retry-after'])).toBeGreaterThan(0);
      refused(await send({ method: 'GET', path: '/v2/models/loading/ready' }), 503, /being loaded/);
      const wrong = await send({ method: 'GET', path: FP32 });
      refused(wrong, 405, /POST/);
      expect(wrong.headers.allow).toBe('POST');
      const put = await send({ method: 'PUT', path: '/v2/health/live', body: '' });
      expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD']);
    });

    test('HEAD is GET without the body', async () => {
      const { status, body } = await send({ method: 'HEAD', path: '/v2/health/ready' });
      expect([status, body.length]).toEqual([200, 0]);
    });
  });

  describe('2. ids', () => {
    test.each(['"a"', '"ünï \\"quoted\\" \\u00e9\\n"', '""'])('id %s is echoed', async (id) => {
      const { answer } = ok(await post(FP32, iris.replace('{', `{"id":${id},`)));
      expect(answer.id).toBe(JSON.parse(id));
    });

    test('without an id there is none', async () => {
      expect(ok(await post(FP32, iris)).answer).not.toHaveProperty('id');
      refused(await post(FP32, iris.replace('{', '{"id":7,')), 400, /"id" is a number/);
    });

    test('every answer has a request id: the own one where it is sane', async () => {
      const own = await post(FP32, iris, { 'x-request-id': 'trace-1/2' });
      expect(own.headers['x-request-id']).toBe('trace-1/2');
      const refusal = await post(FP32, '{', { 'x-request-id': 'trace-3' });
      expect(refusal.headers['x-request-id']).toBe('trace-3');
      const paths = ['/v2', '/nope', '/v2/health/live'];
      const ids = await Promise.all(
        paths.map(async (path) => (await send({ method: 'GET', path })).headers['x-request-id']),
      );
      const odd = await Promise.all(
        ['x'.repeat(129), 'a b', 'é'].map(
          async (id) => (await post(FP32, iris, { 'x-request-id': id })).headers['x-request-id'],
        ),
      );
      const made = [...ids, ...odd] as string[];
      expect(new Set(made).size).toBe(made.length);
      for (const id of made) expect(id).toMatch(/^[\x21-\x7e]{1,128}$/);
    });
  });

  describe('limits', () => {
    test('a body over the limit is 413', async () => {
      refused(await post(FP32, ' '.repeat(MAX_BODY_BYTES + 1)), 413, /the limit is 1000000 bytes/);
      ok(await post(FP32, iris + ' '.repeat(MAX_BODY_BYTES - iris.length)));
    });

    test('a timeout is a whole number of microseconds', async () => {
      ok(await post(FP32, iris.replace(/\}$/, ',"parameters":{"timeout":5000000}}')));
      refused(await post(FP32, iris.replace(/\}$/, ',"parameters":{"timeout":"soon"}}')), 400, /timeout/);
    });
  });
}
