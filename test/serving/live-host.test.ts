import { afterEach, describe, expect, it } from 'vitest';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LiveHost, type HostEvent, type LiveHostOptions } from '#serving/live-host.ts';
import { floats } from '../support/models.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';

const hosts: LiveHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function hostOf(world: Awaited<ReturnType<typeof newRegistry>>, options: Partial<LiveHostOptions> = {}) {
  const events: HostEvent[] = [];
  const host = new LiveHost(world.registry, {
    load: world.load,
    pollMs: 60_000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  hosts.push(host);
  return { host, events };
}

const answer = async (host: LiveHost, name: string, version?: string) => {
  const served = host.find(name, version);
  const [output] = await served.model.infer([floats([1, 4], [1, 2, 3, 4])]);
  return { version: served.version, width: output?.shape[1] };
};

/** Two versions that tell themselves apart: a classifier of 3 outputs, then an identity of 4. */
async function twoVersions() {
  const world = await newRegistry();
  await registerFixture(world.registry, 'm', 'mlp_rows');
  await world.registry.setAlias('m', 'live', 1);
  await registerFixture(world.registry, 'm', 'identity_fp32');
  return world;
}

describe('what a host serves', () => {
  it('is the live version of every model, found by name, number or alias', async () => {
    const { host } = await hostOf(await twoVersions());
    expect(host.ready).toBe(false);
    await host.start();
    expect(host.ready).toBe(true);
    for (const version of [undefined, '1', 'live'])
      expect(await answer(host, 'm', version)).toEqual({ version: 1, width: 3 });
    expect(host.index()).toEqual([{ name: 'm', version: '1', state: 'READY', reason: '' }]);
  });

  it('is what it was asked for, and a shared version is loaded once', async () => {
    const { host, events } = await hostOf(await twoVersions(), {
      references: [
        { name: 'm', alias: 'live' },
        { name: 'm', version: 2 },
        { name: 'm', version: 1 },
      ],
    });
    await host.start();
    expect(await answer(host, 'm')).toEqual({ version: 1, width: 3 });
    expect(await answer(host, 'm', '2')).toEqual({ version: 2, width: 4 });
    expect(host.find('m', '1').model).toBe(host.find('m').model);
    expect(events.map(({ kind }) => kind)).toEqual(['loaded', 'loaded', 'loaded']);
    const loads = host.loads.all().map(({ model, version, loads: times }) => [model, version, times]);
    expect(loads).toEqual([
      ['m', 1, 1],
      ['m', 2, 1],
    ]);
  });

  it('names what there is when asked for something else', async () => {
    const { host } = await hostOf(await twoVersions());
    await host.start();
    expect(() => host.find('n')).toThrow(/no model 'n' is served here; there are: m/);
    expect(() => host.find('m', '2')).toThrow(/version '2' of m is not served here; served: 1/);
    expect(() => host.find('m', 'candidate')).toThrow(expect.objectContaining({ code: 'version.not_found' }));
  });

  it('is nothing of a model that has no live version yet, until it gets one', async () => {
    const world = await newRegistry();
    await registerFixture(world.registry, 'm', 'mlp_rows');
    const { host } = await hostOf(world);
    await host.start();
    expect(() => host.find('m')).toThrow(expect.objectContaining({ kind: 'unavailable' }));
    await world.registry.setAlias('m', 'live', 1);
    await host.refresh();
    expect(await answer(host, 'm')).toEqual({ version: 1, width: 3 });
  });
});

describe('when live moves', () => {
  it('the new version takes over and no request is dropped', async () => {
    const world = await twoVersions();
    const { host, events } = await hostOf(world);
    await host.start();
    const seen: number[] = [];
    const asking = new AbortController();
    const client = (async () => {
      while (!asking.signal.aborted) seen.push((await answer(host, 'm')).version);
    })();
    for (const version of [2, 1, 2]) {
      await world.registry.setAlias('m', 'live', version, { force: true });
      await host.refresh();
    }
    asking.abort();
    await client;
    expect(new Set(seen)).toEqual(new Set([1, 2]));
    expect(host.find('m').version).toBe(2);
    expect(events.filter(({ kind }) => kind === 'unloaded')).toHaveLength(3);
  });

  it('is followed without being told, and a new model is found', async () => {
    const world = await twoVersions();
    const { host } = await hostOf(world, { pollMs: 20 });
    await host.start();
    await world.registry.setAlias('m', 'live', 2, { force: true });
    await registerFixture(world.registry, 'other', 'mlp_rows');
    await world.registry.setAlias('other', 'live', 1);
    await expect.poll(() => host.find('m').version, { timeout: 5000 }).toBe(2);
    await expect.poll(() => host.index().length, { timeout: 5000 }).toBe(2);
  });

  it('a version that does not load leaves the old one serving, and says why', async () => {
    const world = await twoVersions();
    const { host, events } = await hostOf(world);
    await host.start();
    truncateSync(join(world.folder, 'registry/models/m/versions/2/identity_fp32.onnx'), 10);
    await world.registry.setAlias('m', 'live', 2, { force: true });
    await host.refresh();
    await host.refresh();
    expect(await answer(host, 'm')).toEqual({ version: 1, width: 3 });
    const failures = events.filter((event) => event.kind === 'failed');
    expect(failures).toHaveLength(1);
    expect(host.loads.all()).toMatchObject([
      { version: 1, loads: 1, failures: 0 },
      { version: 2, loads: 0, failures: 1 },
    ]);
    expect(failures[0]).toMatchObject({ error: { code: 'model.corrupt' } });
    expect(host.ready).toBe(true);
  });
});

describe('a host that cannot start', () => {
  it('refuses a version whose file was touched', async () => {
    const world = await twoVersions();
    truncateSync(join(world.folder, 'registry/models/m/versions/1/mlp_rows.onnx'), 10);
    const { host } = await hostOf(world);
    await expect(host.start()).rejects.toMatchObject({ code: 'model.corrupt' });
    expect(host.ready).toBe(false);
  });

  it('refuses a reference to nothing', async () => {
    const world = await twoVersions();
    for (const reference of [{ name: 'm', alias: 'candidate' }, { name: 'm', version: 9 }, { name: 'none' }]) {
      const { host } = await hostOf(world, { references: [reference] });
      await expect(host.start()).rejects.toMatchObject({ kind: 'not-found' });
    }
  });
});
