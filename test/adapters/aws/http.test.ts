import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendHttp, textOf } from '#adapters/aws/http.ts';
import { StandIn } from '../../support/s3-stand-in.ts';

let server: StandIn;

beforeEach(async () => {
  server = await StandIn.listen((_, response) => response.end('x'));
});
afterEach(() => server.close());

const get = (path = '/', limits: { connectMs?: number; idleMs?: number } = {}) =>
  sendHttp({ url: new URL(path, server.url), headers: {}, connectMs: 2000, idleMs: 2000, ...limits });

describe('a server that hangs', () => {
  test('before it answers is given up', async () => {
    server.answer = () => undefined;
    const started = performance.now();
    await expect(get('/', { idleMs: 60 })).rejects.toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  test('in the middle of its answer ends the body with an error', async () => {
    server.answer = (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half');
    const answer = await get('/', { idleMs: 60 });
    await expect(textOf(answer, 100)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('is not one that is slow and goes on', async () => {
    server.answer = (_, response) => {
      let left = 5;
      const timer = setInterval(() => {
        response.write('.');
        if (--left > 0) return;
        clearInterval(timer);
        response.end();
      }, 40);
    };
    expect(await textOf(await get('/', { idleMs: 150 }), 100)).toBe('.....');
  });
});

test('an address that nobody answers at is given up', async () => {
  // Reserved for documentation: no packet ever comes back, or none can even be sent.
  const url = new URL('http://192.0.2.1:81/');
  const error = (await sendHttp({ url, headers: {}, connectMs: 60, idleMs: 2000 }).catch(
    (thrown: unknown) => thrown,
  )) as {
    code: string;
  };
  expect(error.code).toMatch(/^E(TIMEDOUT|NETUNREACH|HOSTUNREACH|CONNREFUSED)$/);
});

test('a refused connection is the error of the system', async () => {
  await expect(
    sendHttp({ url: new URL('http://127.0.0.1:9/'), headers: {}, connectMs: 1000, idleMs: 1000 }),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('of a text no more is kept than is wanted, and all of it is read', async () => {
  server.answer = (_, response) => response.end('0123456789');
  expect(await textOf(await get(), 4)).toBe('0123');
});
