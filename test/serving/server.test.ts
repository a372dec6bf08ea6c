import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveHost } from '#serving/live-host.ts';
import { startServer, type RunningServer, type ServerOptions } from '#serving/server.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { parseExposition } from './metrics/exposition.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(fixtures: Record<string, string>, options: ServerOptions = {}) {
  const { registry, load } = await newRegistry();
  for (const [name, fixture] of Object.entries(fixtures)) {
    await registerFixture(registry, name, fixture);
    await registry.setAlias(name, 'live', 1);
  }
  const host = new LiveHost(registry, { load, pollMs: 60_000 });
  const server = await startServer(host, { port: 0, ...options });
  cleanUps.push(
    () => host.close(),
    () => server.close(),
  );
  return { host, server, start: () => host.start() };
}

const infer = ({ url }: RunningServer, name: string, shape: number[], data: unknown[]) =>
  fetch(`${url}/v2/models/${name}/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [{ name: 'x', shape, datatype: 'FP32', data }] }),
  });

/** The requests that a scrape shows, by model and version. */
async function counted({ url }: RunningServer): Promise<Record<string, number>> {
  const families = parseExposition(await (await fetch(`${url}/metrics`)).text(), 'text');
  const samples = families.get('onnward_requests_total')?.samples ?? [];
  return Object.fromEntries(samples.map(({ labels, value }) => [`${labels['model']}:${labels['version']}`, value]));
}

describe('the metrics of a server', () => {
  it('count what comes by the short door and what comes by Node’s server', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' });
    expect(await counted(server)).toEqual({});
    await infer(server, 'm', [1, 4], [1, 2, 3, 4]);
    // Which models there are is not known before the registry is read.
    expect(await counted(server)).toEqual({ '(unknown):(none)': 1 });
    await start();
    for (const name of ['m', 'm', 'nope']) await infer(server, name, [1, 4], [1, 2, 3, 4]);
    const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }] });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${server.url}/invocations`, { method: 'POST', body, headers })).status).toBe(200);
    expect(await counted(server)).toEqual({ 'm:1': 3, '(unknown):(none)': 2 });
  });

  it('are those of the host that it serves, loads included', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' });
    await start();
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain('onnward_model_loads_total{model="m",version="1"} 1');
    expect(text).toContain('onnward_model_ready{model="m",version="1"} 1');
  });
});

describe('a server in SageMaker', () => {
  it('is pinged while it loads, and answers at once', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' });
    const started = performance.now();
    expect((await fetch(`${server.url}/ping`)).status).toBe(503);
    expect(performance.now() - started).toBeLessThan(2000);
    await start();
    const response = await fetch(`${server.url}/ping`);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('a server', () => {
  it('is live before it is ready, and says so', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' });
    expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(503);
    await start();
    expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
    expect((await infer(server, 'm', [1, 4], [1, 2, 3, 4])).status).toBe(200);
  });

  it('answers what is under way before it closes, and takes no more', async () => {
    const { server, start } = await serve({ heavy: 'heavy' });
    await start();
    const answers = Array.from({ length: 6 }, (_, i) => infer(server, 'heavy', [1, 1], [i]));
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    const closed = server.close();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    await closed;
    await expect(infer(server, 'heavy', [1, 1], [1])).rejects.toThrow('fetch failed');
  });

  it('answers health checks within 20 ms while a costly model is saturated', async () => {
    const { server, start } = await serve({ heavy: 'heavy' });
    await start();
    await infer(server, 'heavy', [1, 1], [0]);
    const load = Promise.all(Array.from({ length: 24 }, (_, i) => infer(server, 'heavy', [1, 1], [i])));
    const times: number[] = [];
    while (times.length < 30) {
      const started = performance.now();
      expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200);
      times.push(performance.now() - started);
    }
    await load;
    expect(times.sort((a, b) => a - b)[times.length >> 1]).toBeLessThan(20);
  });

  it('refuses a port that is taken in one sentence, with the next step', async () => {
    const { server, host } = await serve({});
    const port = Number(new URL(server.url).port);
    await expect(startServer(host, { port })).rejects.toMatchObject({
      code: 'server.port_in_use',
      message: `port ${port} on 127.0.0.1 is in use by another program`,
      fix: `Choose another: --port ${port + 1}.`,
    });
    await expect(startServer(host, { port: 0, hostname: '203.0.113.1' })).rejects.toMatchObject({
      code: 'server.cannot_listen',
    });
  });

  it('survives a client that leaves in the middle of its body, and one that talks nonsense', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' });
    await start();
    const { port } = new URL(server.url);
    for (const text of [
      'POST /v2/models/m/infer HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"in',
      'nonsense\r\n\r\n',
    ]) {
      const socket = createConnection(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(text);
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
      socket.destroy();
    }
    expect((await infer(server, 'm', [1, 4], [1, 2, 3, 4])).status).toBe(200);
  });

  it('refuses a body over its limit, declared or chunked, with the same words', async () => {
    const { server, start } = await serve({ m: 'mlp_rows' }, { maxBodyBytes: 1000 });
    await start();
    const url = `${server.url}/v2/models/m/infer`;
    const declared = await fetch(url, { method: 'POST', body: 'x'.repeat(1001) });
    const chunked = await fetch(url, {
      method: 'POST',
      body: new Blob(['x'.repeat(1001)]).stream(),
      duplex: 'half',
    });
    for (const response of [declared, chunked]) {
      expect(response.status).toBe(413);
      expect(await response.json()).toEqual({ error: expect.stringContaining('1000 bytes') });
    }
  });
});
