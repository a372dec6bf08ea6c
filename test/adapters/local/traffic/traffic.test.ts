import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TrafficCounts } from '#adapters/local/traffic/counts.ts';
import { LocalTraffic } from '#adapters/local/traffic/traffic.ts';
import type { GoldenCase } from '#core/ports.ts';
import { encodeGolden } from '#core/model/golden.ts';
import { floats, tensor } from '../../../support/models.ts';
import { newRegistry, registerFixture } from '../../../support/registry.ts';

/** Two versions of `m`, the first one live. */
async function newTraffic() {
  const world = await newRegistry();
  const { registry, store, load } = world;
  await registerFixture(registry, 'm', 'mlp_rows');
  await registry.setAlias('m', 'live', 1);
  await registerFixture(registry, 'm', 'identity_fp32');
  let now = 0;
  const traffic = new LocalTraffic({
    registry,
    store,
    model: 'm',
    load,
    infer: async ({ version }, body) => ({ status: 200, body: `${version} ${body}` }),
    now: () => (now += 5),
  });
  return { ...world, traffic };
}

const target = (version: number) => ({ version, id: String(version) });

describe('live traffic', () => {
  test('leads nowhere before the first version is live', async () => {
    const { registry, store, load } = await newRegistry();
    await registerFixture(registry, 'm', 'mlp_rows');
    const infer = async () => ({ status: 200, body: '' });
    const traffic = new LocalTraffic({ registry, store, model: 'm', load, infer, now: () => 0 });
    expect(await traffic.live()).toBeUndefined();
    const shifted = await traffic.shift({ champion: target(1), weight: 0 }, '', 'm-r1');
    expect(shifted).toEqual({ champion: target(1), weight: 0, revision: expect.any(String) });
    expect(await traffic.live()).toEqual(shifted);
  });

  test('is divided, and led back, by one record each', async () => {
    const { traffic, registry } = await newTraffic();
    const before = await traffic.live();
    expect(before).toEqual({ champion: target(1), weight: 0, revision: expect.any(String) });
    const divided = await traffic.shift(
      { champion: target(1), challenger: target(2), weight: 10 },
      before!.revision,
      'm-r1',
    );
    expect(divided).toMatchObject({ champion: target(1), challenger: target(2), weight: 10 });
    expect(await traffic.live()).toEqual(divided);
    expect(await registry.alias('m', 'live')).toMatchObject({
      version: 1,
      target: '1',
      challenger: 2,
      challengerTarget: '2',
      weight: 10,
      release: 'm-r1',
    });
    const back = await traffic.shift({ champion: target(1), weight: 0 }, divided!.revision, 'm-r1');
    expect(back).toEqual({ champion: target(1), weight: 0, revision: expect.any(String) });
    expect(Number(back!.revision)).toBe(Number(divided!.revision) + 1);
    expect(await registry.alias('m', 'live')).not.toHaveProperty('challenger');
  });

  test('is not moved from a state that it is not in any more', async () => {
    const { traffic, registry } = await newTraffic();
    const before = await traffic.live();
    await registry.setAlias('m', 'live', 2, { force: true });
    const split = { champion: target(1), challenger: target(2), weight: 10 };
    expect(await traffic.shift(split, before!.revision, 'm-r1')).toBeUndefined();
    expect(await traffic.shift(split, '', 'm-r1')).toBeUndefined();
    expect(await traffic.live()).toMatchObject({ champion: target(2), weight: 0 });
  });

  test('of two that move it at once one wins', async () => {
    const { traffic } = await newTraffic();
    const { revision } = (await traffic.live())!;
    const moves = await Promise.all(
      [5, 6, 7].map((weight) =>
        traffic.shift({ champion: target(1), challenger: target(2), weight }, revision, 'm-r1'),
      ),
    );
    const won = moves.filter((move) => move !== undefined);
    expect(won).toHaveLength(1);
    expect(await traffic.live()).toEqual(won[0]);
  });

  test('throws what is no conflict', async () => {
    const { traffic } = await newTraffic();
    const { revision } = (await traffic.live())!;
    await expect(traffic.shift({ champion: target(9), weight: 0 }, revision, 'm-r1')).rejects.toMatchObject({
      code: 'version.not_found',
    });
  });
});

describe('a target', () => {
  test('is the version itself, which has to be there', async () => {
    const { traffic } = await newTraffic();
    expect(await traffic.publish(2)).toEqual(target(2));
    await expect(traffic.publish(3)).rejects.toMatchObject({ code: 'version.not_found' });
  });

  test('is asked past live, and timed', async () => {
    const { traffic, registry } = await newTraffic();
    const manifest = await registry.manifest('m', 2);
    expect(await traffic.ask(target(2), manifest, '{}')).toEqual({ status: 200, body: '2 {}', ms: 5 });
  });

  test('raises no alarms, and leaves nothing to take back', async () => {
    const { traffic } = await newTraffic();
    expect(await traffic.alarms()).toEqual([]);
    expect(await traffic.retire()).toEqual([]);
    await traffic.withdraw();
    expect(await traffic.live()).toMatchObject({ champion: target(1) });
  });
});

describe('warming up', () => {
  const question = floats([1, 4], [1, 2, 3, 4]);
  const manifestWith = async (golden: readonly GoldenCase[]) => {
    const world = await newTraffic();
    const manifest = await world.registry.manifest('m', 2);
    return { ...world, manifest: { ...manifest, golden: encodeGolden(golden, manifest.signature) } };
  };

  test('compares every recorded answer', async () => {
    const { traffic, manifest } = await manifestWith([
      { inputs: [question], outputs: [question] },
      { inputs: [floats([2, 1], [0, -1])], outputs: [floats([2, 1], [0, -1])] },
    ]);
    expect(await traffic.warmUp(target(2), manifest)).toEqual({ compared: 2, skipped: 0 });
  });

  test('has nothing to compare where nothing was recorded', async () => {
    const { traffic, registry } = await newTraffic();
    const manifest = await registry.manifest('m', 2);
    expect(await traffic.warmUp(target(2), manifest)).toEqual({ compared: 0, skipped: 0 });
  });

  test('refuses another answer, and names case, output, element and both values', async () => {
    const { traffic, manifest } = await manifestWith([
      { inputs: [question], outputs: [question] },
      { inputs: [question], outputs: [floats([1, 4], [1, 2, 3.5, 4])] },
    ]);
    await expect(traffic.warmUp(target(2), manifest)).rejects.toMatchObject({
      code: 'publish.golden',
      message:
        'm:2, on this machine, answers golden case 2 of m:2 otherwise than it was recorded: output "y", element 2 is 3, recorded 3.5.',
      fields: { model: 'm', version: 2, case: 2, expected: '3.5', actual: '3' },
    });
  });

  test('refuses a version that cannot answer what was recorded', async () => {
    const { registry, store, load } = await newTraffic();
    const manifest = await registerFixture(registry, 'm', 'lookup_short');
    const golden = [{ inputs: [tensor('INT64', [1], BigInt64Array.of(3n))], outputs: [floats([1], [13])] }];
    const infer = async () => ({ status: 200, body: '' });
    // Loading asks the golden questions, too, as the first thing; here it does not know them.
    const traffic = new LocalTraffic({ registry, store, model: 'm', load: () => load(manifest), infer, now: () => 0 });
    const recorded = { ...manifest, golden: encodeGolden(golden, manifest.signature) };
    await expect(traffic.warmUp(target(3), recorded)).rejects.toMatchObject({
      code: 'publish.not_ready',
      message: expect.stringContaining('does not answer what was recorded at registration: the model cannot compute'),
    });
  });

  test('throws what a version cannot be loaded for', async () => {
    const { traffic, registry, folder } = await newTraffic();
    const manifest = await registry.manifest('m', 2);
    truncateSync(join(folder, 'registry/models/m/versions/2/identity_fp32.onnx'), 10);
    await expect(traffic.warmUp(target(2), manifest)).rejects.toMatchObject({ code: 'model.corrupt' });
  });
});

describe('what is observed', () => {
  test('is what all servers have counted of this state of the record', async () => {
    const { traffic, store } = await newTraffic();
    const { revision } = (await traffic.live())!;
    const split = (await traffic.shift({ champion: target(1), challenger: target(2), weight: 20 }, revision, 'm-r4'))!;
    const division = { release: 'm-r4', sequence: Number(split.revision), champion: 1, challenger: 2 };
    for (const server of ['a', 'b']) {
      const counts = new TrafficCounts({ store, clock: Date.now, server });
      counts.divided('m', division, { transferMs: () => 0, waiting: () => [] });
      for (const [version, status] of [
        [1, 200],
        [1, 500],
        [2, 200],
      ] as const) {
        counts.record({ model: 'm', version, status, errorCode: undefined, ms: 4 });
      }
      counts.missed('m');
      await counts.close();
    }
    const { champion, challenger } = await traffic.observe(split);
    expect(champion).toMatchObject({ requests: 4, errors: 2, coldStarts: 0, labelled: 0, correct: 0 });
    expect(challenger).toMatchObject({ requests: 4, errors: 2 });
    // Of what was answered.
    expect([champion.latencies.count, challenger.latencies.count]).toEqual([2, 2]);
  });

  test('is nothing before a server has counted, of a former state, and where nothing was released', async () => {
    const { traffic } = await newTraffic();
    const live = (await traffic.live())!;
    const nothing = { champion: { requests: 0 }, challenger: { requests: 0 } };
    expect(await traffic.observe(live)).toMatchObject(nothing);
    const split = { champion: target(1), challenger: target(2), weight: 20 };
    const shifted = (await traffic.shift(split, live.revision, 'm-r1'))!;
    expect(await traffic.observe(shifted)).toMatchObject(nothing);
    expect(await traffic.observe(live)).toMatchObject(nothing);
  });
});
