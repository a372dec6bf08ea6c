import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ChallengerModel, openChallenger } from '#adapters/local/traffic/challenger-child.ts';
import { TrafficCounts } from '#adapters/local/traffic/counts.ts';
import { observed, readSnapshots } from '#adapters/local/traffic/snapshot.ts';
import { chosen, readyModels } from '#serving/host.ts';
import { type HostEvent, LiveHost } from '#serving/live-host.ts';
import { startServer } from '#serving/server.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server of `m`, whose version 1 gives 3 numbers and is live, and whose version 2 gives 4. */
async function serve(next = 'identity_fp32') {
  const world = await newRegistry();
  const { registry, store, load, folder } = world;
  await registerFixture(registry, 'm', 'mlp_rows');
  await registry.setAlias('m', 'live', 1);
  await registerFixture(registry, 'm', next);
  const processes: ChallengerModel[] = [];
  const events: HostEvent[] = [];
  const draws = { next: 0 };
  const counts = new TrafficCounts({ store, clock: Date.now, server: 'test' });
  const host = new LiveHost(registry, {
    load,
    pollMs: 100,
    onEvent: (event) => events.push(event),
    split: {
      counter: counts,
      random: () => draws.next,
      isolate: async (manifest, signal) => {
        const model = await openChallenger({ store: store.url, cacheFolder: join(folder, 'c') }, manifest, signal);
        processes.push(model);
        return model;
      },
    },
  });
  await host.start();
  const server = await startServer(host, { port: 0, metrics: counts });
  cleanUps.push(
    () => host.close(),
    () => server.close(),
  );
  return { ...world, host, server, counts, processes, events, draws };
}

type World = Awaited<ReturnType<typeof serve>>;

const split = ({ registry }: World, weight: number, release = 'm-r1') =>
  registry.setReleased('m', 'live', {
    version: 1,
    target: '1',
    challenger: 2,
    challengerTarget: '2',
    weight,
    release,
  });

const champion = ({ registry }: World, version = 1) =>
  registry.setReleased('m', 'live', { version, target: String(version), release: 'm-r1' });

const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }] });

async function ask({ server }: World, path = ''): Promise<{ status: number; version: string }> {
  const response = await fetch(`${server.url}/v2/models/m${path}/infer`, { method: 'POST', body });
  const answer = (await response.json()) as { model_version: string };
  return { status: response.status, version: answer.model_version };
}

const isUp = (world: World) =>
  expect
    .poll(() => world.host.index().find(({ version }) => version === '2')?.state, { timeout: 10_000 })
    .toBe('READY');

describe('a host whose live traffic is divided', () => {
  it('answers as the draw has it, by name alone; by number and in all else each is itself', async () => {
    const world = await serve();
    const { host, draws, server } = world;
    await split(world, 40);
    await isUp(world);
    draws.next = 0.39;
    for (const path of ['', '/versions/live', '/versions/2']) {
      expect([path, await ask(world, path)]).toEqual([path, { status: 200, version: '2' }]);
    }
    expect(await ask(world, '/versions/1')).toEqual({ status: 200, version: '1' });
    draws.next = 0.4;
    expect(await ask(world)).toEqual({ status: 200, version: '1' });
    draws.next = 0;
    expect(host.find('m').version).toBe(1);
    expect(chosen(host, 'm', undefined).version).toBe(2);
    const metadata = (await (await fetch(`${server.url}/v2/models/m`)).json()) as {
      outputs: unknown;
      versions: unknown;
    };
    expect(metadata).toMatchObject({ versions: ['1', '2'], outputs: [{ shape: [-1, 3] }] });
    expect(readyModels(host).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('counts both sides below the release', async () => {
    const world = await serve();
    const { sequence } = await split(world, 50);
    await isUp(world);
    for (const next of [0, 0.9, 0.9]) {
      world.draws.next = next;
      await ask(world);
    }
    const requests = async () => {
      const snapshots = await readSnapshots(world.store, 'm-r1', sequence);
      return [observed(snapshots, 'champion').requests, observed(snapshots, 'challenger').requests];
    };
    await expect.poll(requests, { timeout: 5000 }).toEqual([2, 1]);
  });

  it('counts requests of a challenger that hangs, before it has answered one', async () => {
    const world = await serve();
    const { sequence } = await split(world, 99);
    await isUp(world);
    process.kill(world.processes[0]!.pid!, 'SIGSTOP');
    const asked = Array.from({ length: 5 }, () => ask(world));
    const challenger = async () => observed(await readSnapshots(world.store, 'm-r1', sequence), 'challenger');
    await expect
      .poll(async () => (await challenger()).latencies.quantile(0) ?? 0, { timeout: 5000 })
      .toBeGreaterThan(500);
    expect(await challenger()).toMatchObject({ requests: 5, errors: 0, refused: 0 });
    process.kill(world.processes[0]!.pid!, 'SIGKILL');
    for (const { status } of await Promise.all(asked)) expect(status).toBe(503);
    await expect.poll(async () => (await challenger()).errors).toBe(5);
    expect(await challenger()).toMatchObject({ requests: 5, refused: 0 });
    expect((await challenger()).latencies.count).toBe(0);
  });

  it('sends all to the champion again soon after the record says so, and ends the process', async () => {
    const world = await serve();
    await split(world, 99);
    await isUp(world);
    expect((await ask(world)).version).toBe('2');
    const started = performance.now();
    await champion(world);
    await expect.poll(async () => (await ask(world)).version, { interval: 10 }).toBe('1');
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await world.processes[0]?.ended).toBe('its process ended with SIGKILL');
  });

  it('has the challenger take over without a failed request', async () => {
    const world = await serve();
    await split(world, 99);
    await isUp(world);
    const seen = new Map<string, number>();
    const asking = new AbortController();
    const client = (async () => {
      while (!asking.signal.aborted) {
        world.draws.next = Math.random();
        const { status, version } = await ask(world);
        seen.set(`${version} ${status}`, (seen.get(`${version} ${status}`) ?? 0) + 1);
      }
    })();
    await champion(world, 2);
    await expect.poll(() => world.host.index().map(({ version }) => version), { timeout: 10_000 }).toEqual(['2']);
    world.draws.next = 1;
    expect((await ask(world)).version).toBe('2');
    asking.abort();
    await client;
    expect([...seen.keys()].filter((key) => !key.endsWith(' 200'))).toEqual([]);
    expect(await world.processes[0]?.ended).toMatch(/SIGKILL/);
  });

  it('goes on with the champion where the process is killed, and starts another one', async () => {
    const world = await serve();
    await split(world, 99);
    await isUp(world);
    process.kill(world.processes[0]?.pid as number, 'SIGKILL');
    await expect.poll(() => world.processes.length, { timeout: 10_000 }).toBe(2);
    await isUp(world);
    expect(await ask(world)).toEqual({ status: 200, version: '2' });
    expect(world.events.filter(({ kind }) => kind === 'challenger')).toMatchObject([
      { event: { kind: 'ready' } },
      { event: { kind: 'lost', reason: 'its process ended with SIGKILL', again: true } },
      { event: { kind: 'ready' } },
    ]);
  });

  it('is a host of the champion alone where splits are nobody’s business', async () => {
    const { registry, load } = await newRegistry();
    await registerFixture(registry, 'm', 'mlp_rows');
    await registry.setAlias('m', 'live', 1);
    await registerFixture(registry, 'm', 'identity_fp32');
    const host = new LiveHost(registry, { load, pollMs: 60_000 });
    cleanUps.push(() => host.close());
    const released = { version: 1, target: '1', challenger: 2, challengerTarget: '2', weight: 99, release: 'm-r1' };
    await registry.setReleased('m', 'live', released);
    await host.start();
    expect(host.pick('m')).toBe(host.find('m'));
    expect(() => host.find('m', '2')).toThrow(expect.objectContaining({ code: 'version.not_found' }));
  });

  it('leaves a split that is there when it closes without a process', async () => {
    const world = await serve();
    await split(world, 10);
    await isUp(world);
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    expect(await world.processes[0]?.ended).toMatch(/SIGKILL/);
  });
});
