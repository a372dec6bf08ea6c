import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '#serving/server.ts';
import type { Signature } from '#core/model/signature.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { contractHost } from '../../contracts/oip-host.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer(await contractHost(async (name) => echoModel(ECHOES[name] as Signature)), { port: 0 });
});
afterAll(() => server.close());

const bodyOf = (value: number): string => `{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[${value}]}]}`;

const infer = (value: number, ...headers: string[]): string => {
  const lines = ['POST /v2/models/identity_fp32/infer HTTP/1.1', 'Host: a', `Content-Length: ${bodyOf(value).length}`];
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n${bodyOf(value)}`;
};
const LIVE = 'GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n';

function open(): { socket: Socket; text: () => string; ended: Promise<void> } {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  return { socket, text: () => text, ended };
}

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1] as string);
const values = (text: string): string[] => [...text.matchAll(/"data":\[(\d+)\]/g)].map((match) => match[1] as string);
const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe('one connection', () => {
  it('answers requests that come together, in their order', async () => {
    const { socket, text } = open();
    socket.write([1, 2, 3, 4, 5].map((value) => infer(value)).join(''));
    await expect.poll(() => values(text())).toEqual(['1', '2', '3', '4', '5']);
    socket.destroy();
  });

  it('answers a request that comes in pieces, wherever it is cut', async () => {
    const request = infer(7) + infer(8);
    for (const at of [1, 5, 40, request.indexOf('\r\n\r\n') + 2, request.indexOf('{') + 3, infer(7).length + 10]) {
      const { socket, text } = open();
      socket.write(request.slice(0, at));
      await pause(15);
      socket.write(request.slice(at));
      await expect.poll(() => values(text())).toEqual(['7', '8']);
      socket.destroy();
    }
  });

  it('answers large bodies one after another, each with its own numbers', async () => {
    const { socket, text } = open();
    const floats = 60_000;
    const json = `{"inputs":[{"name":"x","shape":[1,${floats}],"datatype":"FP32","parameters":{"binary_data_size":${4 * floats}}}],"outputs":[{"name":"y","parameters":{"classification":1}}]}`;
    for (const value of [1, 2, 3]) {
      const body = Buffer.concat([Buffer.from(json), Buffer.from(new Float32Array(floats).fill(value).buffer)]);
      const lengths = `Content-Length: ${body.length}\r\nInference-Header-Content-Length: ${json.length}`;
      socket.write(`POST /v2/models/identity_fp32/infer HTTP/1.1\r\nHost: a\r\n${lengths}\r\n\r\n`);
      socket.write(body);
    }
    const answers = () => [...text().matchAll(/"data":\["(\d):0/g)].map((match) => match[1]);
    await expect.poll(answers).toEqual(['1', '2', '3']);
    socket.destroy();
  });

  it("goes over to Node's server for anything else, with what was already read, and stays there", async () => {
    const { socket, text } = open();
    socket.write(infer(1) + LIVE + infer(2));
    await expect.poll(() => statuses(text())).toEqual(['200', '200', '200']);
    socket.write(infer(3) + LIVE);
    await expect.poll(() => statuses(text())).toEqual(['200', '200', '200', '200', '200']);
    expect(values(text())).toEqual(['1', '2', '3']);
    socket.destroy();
  });

  it('has the same headers on either way, but for how it goes on', async () => {
    const heads = await Promise.all(
      ['', 'Connection: close'].map(async (header) => {
        const { socket, text } = open();
        socket.write(header ? infer(1, 'X-Request-Id: r', header) : infer(1, 'X-Request-Id: r'));
        await expect.poll(() => values(text())).toEqual(['1']);
        socket.destroy();
        return text().toLowerCase().split('\r\n\r\n')[0]?.split('\r\n') ?? [];
      }),
    );
    const [short, long] = heads.map((lines) =>
      lines.filter((line) => !/^(date|connection|keep-alive)/.test(line)).sort(),
    );
    expect(short).toEqual(long);
    expect(heads[0]?.some((line) => /^date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d gmt$/.test(line))).toBe(true);
  });

  it('answers a client that has said all it will say', async () => {
    const { socket, text, ended } = open();
    socket.end(infer(9));
    await ended;
    expect(values(text())).toEqual(['9']);
  });

  it('answers all that such a client has sent whole, and nothing for what is cut off', async () => {
    const { socket, text, ended } = open();
    socket.end(infer(1) + infer(2) + infer(3).slice(0, -5));
    await ended;
    expect(values(text())).toEqual(['1', '2']);
  });

  it('ends when a client leaves a request unfinished', async () => {
    const { socket, text, ended } = open();
    socket.end(infer(9).slice(0, -5));
    await ended;
    expect(text()).toBe('');
  });

  it('gives nonsense the answer of HTTP', async () => {
    const { socket, text, ended } = open();
    socket.write('nonsense\r\n\r\n');
    await ended;
    expect(statuses(text())).toEqual(['400']);
  });

  it('never takes a body for a request, however it is disguised', async () => {
    const hidden = infer(666);
    for (const header of [
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: identity',
      `Content-Length: ${hidden.length}`,
    ]) {
      const { socket, text } = open();
      socket.write(infer(1, header));
      await expect.poll(() => statuses(text()).length).toBeGreaterThan(0);
      expect(values(text())).not.toContain('666');
      expect(statuses(text())[0]).toBe('400');
      socket.destroy();
    }
  });
});

describe('when the server closes', () => {
  it('idle connections of both kinds end, and nobody waits for them', async () => {
    const own = await startServer(await contractHost(async (name) => echoModel(ECHOES[name] as Signature)), {
      port: 0,
    });
    const clients = [infer(1), LIVE].map((request) => {
      const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
      socket.write(request);
      socket.on('error', () => undefined);
      return new Promise<void>((resolve) => {
        socket.once('data', () => resolve());
      });
    });
    await Promise.all(clients);
    const started = performance.now();
    await own.close();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
