import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AsyncWorld, newAsyncWorld, NOON } from './async-world.ts';
import { type DoorRequest, type DoorResponse, frame, HEADER, jsonRequest, rawOf, type Send } from './oip-client.ts';
import { FP32, infer, iris, refused } from './oip-expectations.ts';

const ASYNC = { prefer: 'respond-async' };
const DAY_MS = 24 * 3_600_000;
const ID = /^[0-9a-f]{32}$/;

interface Taken {
  readonly id: string;
  readonly state: string;
  readonly location: string;
  readonly expiresAt: string;
  readonly upload?: { method: string; url: string; headers: Record<string, string>; expiresAt: string };
}

const read = ({ body }: DoorResponse): Taken => JSON.parse(Buffer.from(body).toString()) as Taken;
const floats = frame(
  {
    inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } }],
    parameters: { binary_data_output: true },
  },
  rawOf('FP32', Float32Array.of(1.5, -2)),
);

/** Requests whose answers are to be the same whichever way they are asked for. */
const QUESTIONS: readonly (Pick<DoorRequest, 'headers' | 'body'> & { readonly name: string; readonly path: string })[] =
  [
    { name: 'JSON', path: FP32, body: iris },
    { name: 'JSON, of a version', path: '/v2/models/identity_fp32/versions/3/infer', body: iris },
    { name: 'binary tensors', path: FP32, ...floats },
    { name: 'a raw body', path: infer('identity_pair'), body: Buffer.alloc(12), headers: { [HEADER]: '0' } },
    { name: 'texts', path: infer('identity_bytes'), body: jsonRequest('BYTES', [1, 2], '["é\\u0000","\\""]') },
    { name: 'a packed body', path: FP32, body: gzipSync(iris), headers: { 'content-encoding': 'gzip' } },
    { name: 'what is no JSON', path: FP32, body: '{' },
    { name: 'nothing', path: FP32, body: '' },
    { name: 'a wrong shape', path: FP32, body: iris.replace('[1,4]', '[1,5]') },
    { name: 'a wrong length of the JSON', path: FP32, body: iris, headers: { [HEADER]: '-1' } },
    { name: 'an unknown compression', path: FP32, body: iris, headers: { 'content-encoding': 'br' } },
    { name: 'a body that unpacks to nonsense', path: FP32, body: 'x', headers: { 'content-encoding': 'gzip' } },
  ];

/**
 * What every door does with requests that are answered later. `open` is called once, for a door over the world's parts,
 * which `packs` answers to a GET, or does not.
 */
export function asyncDoorContract(open: (world: AsyncWorld) => Promise<Send>, packs = true): void {
  let world: AsyncWorld;
  let send: Send;
  beforeAll(async () => {
    world = await newAsyncWorld();
    send = await open(world);
  });
  const post = (path: string, body: string | Uint8Array, headers: DoorRequest['headers'] = {}) =>
    send({ method: 'POST', path, body, headers });
  const get = (path: string, headers: DoorRequest['headers'] = {}) => send({ method: 'GET', path, headers });
  const take = async (body = iris) => read(await post(FP32, body, ASYNC));
  const offer = async (headers: DoorRequest['headers'] = {}) =>
    read(await send({ method: 'POST', path: '/v2/models/identity_fp32/requests', headers }));
  const put = ({ upload }: Taken, body: string | Uint8Array) =>
    send({ method: 'PUT', path: new URL(upload?.url as string).pathname, body, headers: upload?.headers ?? {} });

  describe('a request that prefers not to wait', () => {
    test('is taken in, and says where to look', async () => {
      const response = await post(FP32, iris, ASYNC);
      const { id, ...taken } = read(response);
      expect(id).toMatch(ID);
      expect([response.status, response.headers['preference-applied']]).toEqual([202, 'respond-async']);
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      const location = `/v2/models/identity_fp32/requests/${id}`;
      const expiresAt = new Date(NOON + DAY_MS).toISOString();
      expect(taken).toEqual({ state: 'pending', location, expiresAt });
      const resolved = new URL(response.headers.location as string, `https://api/stage${FP32}`);
      expect(resolved.href).toBe(`https://api/stage${location}`);
      const looked = await get(location);
      expect([looked.status, read(looked)]).toEqual([202, { id, ...taken }]);
      expect(Number(looked.headers['retry-after'])).toBeGreaterThan(0);
    });

    test.each(QUESTIONS)('is answered as it would have been at once: $name', async ({ path, body = '', headers }) => {
      const direct = await post(path, body, headers);
      const taken = await post(path, body, { ...headers, ...ASYNC });
      expect(taken.status).toBe(202);
      const { pathname } = new URL(taken.headers.location as string, `http://door${path}`);
      expect(pathname).toBe(read(taken).location);
      await world.answerAll();
      const later = await get(pathname);
      expect(later.status).toBe(direct.status);
      expect(Buffer.from(later.body).equals(direct.body)).toBe(true);
      for (const name of ['content-type', HEADER]) expect(later.headers[name]).toBe(direct.headers[name]);
      expect(later.headers['cache-control']).toBe('no-store');
    });

    test('may prefer other things besides, and be refused them', async () => {
      expect((await post(FP32, iris, { prefer: 'wait=10, respond-async; x' })).status).toBe(202);
      expect((await post(FP32, iris, { prefer: 'return=minimal' })).status).toBe(200);
    });

    test('is refused at once where nobody could answer it', async () => {
      refused(await post(infer('nope'), iris, ASYNC), 404, /no such model/);
      refused(await post('/v2/models/identity_fp32/versions/9/infer', iris, ASYNC), 404, /live is 3/);
      refused(await post(infer('loading'), iris, ASYNC), 503, /being loaded/);
      refused(await post(FP32, ' '.repeat(1_000_001), ASYNC), 413, /the limit is 1000000 bytes/);
    });

    test('has an answer that is packed for whoever unpacks it, each time as he asks', async () => {
      const { location } = await take(jsonRequest('FP32', [1, 4000], `[${'0.5,'.repeat(3999)}0.5]`));
      await world.answerAll();
      const [plain, packed] = [await get(location), await get(location, { 'accept-encoding': 'gzip' })];
      expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([
        undefined,
        packs ? 'gzip' : undefined,
      ]);
      expect((packs ? gunzipSync(packed.body) : Buffer.from(packed.body)).equals(plain.body)).toBe(true);
    });

    test('can be looked at without its answer', async () => {
      const { location } = await take();
      expect((await send({ method: 'HEAD', path: location })).status).toBe(202);
      await world.answerAll();
      const { status, body } = await send({ method: 'HEAD', path: location });
      expect([status, body.length]).toEqual([200, 0]);
    });

    test('is answered once, however often it arrives', async () => {
      const { location } = await take();
      world.arrived.push(...world.arrived);
      await world.answerAll();
      expect((await get(location)).status).toBe(200);
    });

    test('expires after a day, and its answer with it', async () => {
      const [early, late] = [await take(), await take()];
      const pending = world.arrived.splice(1);
      await world.answerAll();
      world.now = NOON + DAY_MS - 1;
      expect((await get(early.location)).status).toBe(200);
      expect((await get(late.location)).status).toBe(202);
      world.now = NOON + DAY_MS;
      for (const { location } of [early, late]) refused(await get(location), 410, /expired.*Send the request again/);
      world.arrived.push(...pending);
      await world.answerAll();
      refused(await get(late.location), 410, /expired/);
      world.now = NOON;
    });
  });

  describe('an upload', () => {
    test('goes to the link, and is answered as if it had come at once', async () => {
      const direct = await post(FP32, floats.body ?? '', floats.headers);
      const response = await send({
        method: 'POST',
        path: FP32.replace('infer', 'requests'),
        headers: floats.headers ?? {},
      });
      const taken = read(response);
      expect([response.status, taken.state]).toEqual([201, 'waiting for upload']);
      expect(new URL(response.headers.location as string, `http://door${FP32}`).pathname).toBe(taken.location);
      expect(taken.upload).toEqual({
        method: 'PUT',
        url: expect.stringMatching(/^https?:\/\//) as string,
        headers: { 'content-type': 'application/octet-stream' },
        expiresAt: new Date(NOON + 900_000).toISOString(),
      });
      expect(read(await get(taken.location)).state).toBe('waiting for upload');
      expect((await put(taken, floats.body ?? '')).status).toBe(200);
      expect(read(await get(taken.location)).state).toBe('pending');
      await world.answerAll();
      const later = await get(taken.location);
      expect([later.status, later.headers[HEADER]]).toEqual([200, direct.headers[HEADER]]);
      expect(Buffer.from(later.body).equals(direct.body)).toBe(true);
    });

    test('is for the version that was asked for', async () => {
      const path = '/v2/models/identity_fp32/versions/3/requests';
      const response = await send({ method: 'POST', path });
      const { pathname } = new URL(response.headers.location as string, `http://door${path}`);
      expect([response.status, pathname]).toEqual([201, read(response).location]);
      refused(await send({ method: 'POST', path: path.replace('/3/', '/9/') }), 404, /live is 3/);
    });

    test('that comes twice is refused, and the first one is answered', async () => {
      const taken = await offer();
      expect((await put(taken, iris)).status).toBe(200);
      refused(await put(taken, 'another'), 409, /is there already/);
      await world.answerAll();
      refused(await put(taken, 'another'), 409, /is there already/);
      expect((await get(taken.location)).status).toBe(200);
    });

    test('that never comes is waited for until all of it expires', async () => {
      const taken = await offer();
      world.now = NOON + 900_000;
      refused(await put(taken, iris), 410, /the link to upload to has expired/);
      expect(read(await get(taken.location)).state).toBe('waiting for upload');
      world.now = NOON + DAY_MS;
      refused(await get(taken.location), 410, /expired/);
      world.now = NOON;
    });

    test('of nothing is a request too', async () => {
      const taken = await offer();
      await put(taken, '');
      await world.answerAll();
      expect((await get(taken.location)).status).toBe(400);
    });

    test('is told where it goes, if it comes with the question', async () => {
      refused(await post('/v2/models/identity_fp32/requests', iris), 400, /no body of its own.*respond-async/);
    });
  });

  describe('what names no request', () => {
    const at = (id: string, model = 'identity_fp32') => `/v2/models/${model}/requests/${id}`;

    const ODD = ['0'.repeat(31), '-', '..%2f..%2fmodels', '%2e%2e%2f', '%00', 'x'.repeat(1000), '%C3%A9'];

    test.each(['0'.repeat(32), ...ODD])('%s', async (id) => refused(await get(at(id)), 404, /no such/));

    test('is not found at another model, nor to be written', async () => {
      const { id } = await take();
      refused(await get(at(id, 'scalar')), 404, /no such request/);
      refused(await get(at(id, 'nope')), 404, /no model 'nope'/);
      refused(await send({ method: 'PUT', path: `${at('0'.repeat(32))}/body`, body: 'x' }), 404, /no such request/);
      for (const method of ['POST', 'PUT', 'DELETE'] as const) {
        const response = await send({ method, path: at(id), ...(method !== 'DELETE' && { body: '' }) });
        expect([response.status, response.headers.allow]).toEqual([405, 'GET, HEAD']);
      }
    });

    test('whatever it is', async () => {
      const segment = fc.oneof(
        fc.string({ unit: 'binary-ascii' }),
        fc.stringMatching(/^[0-9a-f]{30,34}$/),
        fc.constant('..'),
      );
      await fc.assert(
        fc.asyncProperty(segment, segment, async (model, id) => {
          const [in1, in2] = [model, id].map((text) => encodeURIComponent(text.replace(/^\.{0,2}$/, '-')));
          const path = at(in2 as string, in1);
          expect([404, 405]).toContain((await get(path)).status);
        }),
        { numRuns: 100 },
      );
    });
  });
}
