import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore, Traffic } from '#core/ports.ts';
import { listReleases } from '#core/release/releases.ts';
import { newStage, OPTIONS, run, type Stage, worldOn } from '../core/release/support/stage.ts';

/** Ends everything right before the n-th effect: the one before it is made, and nobody has heard of it. */
class Death {
  effects = 0;
  readonly names: string[] = [];
  readonly #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  get isDead(): boolean {
    return this.effects > this.#at;
  }

  async of<T>(name: string, effect: () => Promise<T>): Promise<T> {
    this.expectAlive();
    const number = this.effects++;
    this.names.push(name);
    if (number !== this.#at) return effect();
    throw new Error('killed');
  }

  expectAlive(): void {
    if (this.isDead) throw new Error('killed');
  }
}

/** The same store, which dies with its process. */
function mortalStore(store: ObjectStore, death: Death): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = (...given: unknown[]): unknown => (value as (...given: unknown[]) => unknown).apply(target, given);
      return (...given: unknown[]) => {
        if (name === 'put' || name === 'write') return death.of(String(given[0]), async () => call(...given));
        death.expectAlive();
        return call(...given);
      };
    },
  });
}

function mortalTraffic(traffic: Traffic, death: Death): Traffic {
  return new Proxy(traffic, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const call = (...given: unknown[]): unknown => (value as (...given: unknown[]) => unknown).apply(target, given);
      const isEffect = ['publish', 'shift', 'withdraw'].includes(String(name));
      return (...given: unknown[]) => (isEffect ? death.of(String(name), async () => call(...given)) : call(...given));
    },
  });
}

async function runMortal(stage: Stage, death: Death, version: number) {
  const store = mortalStore(stage.world.store, death);
  const traffic = mortalTraffic(stage.traffic, death);
  const world = stage.on({ ...worldOn(stage.world, store), traffic: () => traffic });
  return run(world, stage.pass, { model: `digits:${version}`, actor: 'ada' });
}

/** What is left of a release, without times and names of executions. */
async function leftOf({ world, traffic }: Stage) {
  const releases = await listReleases(world.store);
  const history = await Array.fromAsync(world.registry.history('digits'));
  const findings = await Array.fromAsync(world.registry.verify('digits'));
  const live = await traffic.live();
  const record = await world.registry.alias('digits', 'live');
  return {
    states: releases.map(({ release, state }) => [release.release, release.version, state]),
    ends: history.filter(({ action }) => action === 'release').map(({ release, state }) => [release, state]),
    live: [live?.champion, live?.challenger, live?.weight],
    record: [record?.version, record?.target, record?.challenger, record?.weight],
    corrupt: findings.filter(({ severity }) => severity === 'corrupt'),
  };
}

describe.each([
  ['goes live', 2, 'live'],
  ['is rolled back by its canary', 3, 'rolled back'],
  ['is rejected', 4, 'rejected'],
] as const)('a release that %s', (_, version, state) => {
  const stageOf = (): Promise<Stage> =>
    newStage({ options: OPTIONS, behaviours: { 'digits-r1-3': { errorRate: 0.3 } } });
  let undisturbed: Awaited<ReturnType<typeof leftOf>>;
  let effects: readonly string[];

  beforeAll(async () => {
    const stage = await stageOf();
    const death = new Death(Number.POSITIVE_INFINITY);
    await runMortal(stage, death, version);
    undisturbed = await leftOf(stage);
    effects = death.names;
  });

  test('leaves one end, and the alias where it says', () => {
    expect(undisturbed.states).toEqual([['digits-r1', version, state]]);
    expect(undisturbed.ends).toEqual([['digits-r1', state]]);
    expect(undisturbed.corrupt).toEqual([]);
    const states = [
      'request',
      'verify',
      'evaluation',
      'gates',
      'end',
      ...(state === 'rejected' ? [] : ['publish', 'canary']),
    ];
    for (const name of states) expect(effects).toContain(`releases/digits-r1/${name}.json`);
  });

  test('killed at any of its effects and run again ends as if nobody had disturbed it', async () => {
    for (const [at, effect] of effects.entries()) {
      const stage = await stageOf();
      const killed = await runMortal(stage, new Death(at), version);
      expect(killed.status, effect).toBe('FAILED');
      await run(stage.world, stage.pass, { model: `digits:${version}`, actor: 'ada' });
      expect(await leftOf(stage), `before ${effect}`).toEqual(undisturbed);
    }
  }, 240_000);
});
