import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { type Deed, Writer } from '../../support/registry-writers.ts';

const registryOn = (store: ObjectStore): Registry => new Registry(store, { clock: Date.now, actor: 'judge' });

const numbersTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

export interface Race {
  readonly store: ObjectStore;
  readonly writers: number;
  /** Of each writer. */
  readonly turns: number;
  readonly environment?: Record<string, string>;
}

/**
 * Writers in processes of their own race for the next version and for one alias: every number is given once, every
 * alias write that was acknowledged is in the history once and saw the one before it, and the chain verifies.
 */
export async function expectRaceWithoutLoss({ store, writers, turns, environment }: Race): Promise<void> {
  const racers = numbersTo(writers).map((n) => new Writer(store.url, 'iris', `writer-${n}`, turns, environment));
  await Promise.all(racers.map((racer) => racer.ready()));
  for (const racer of racers) racer.go();
  const deeds = (await Promise.all(racers.map((racer) => racer.finished()))).flat();

  const registry = registryOn(store);
  const total = writers * turns;
  const versions = deeds.flatMap(({ version }) => version ?? []);
  expect(versions.toSorted((a, b) => a - b)).toEqual(numbersTo(total));
  expect(await registry.versions('iris')).toEqual(numbersTo(total));

  const records = await Array.fromAsync(registry.history('iris'));
  expect(records.map(({ sequence }) => sequence)).toEqual(numbersTo(2 * total));
  const moves = records.filter(({ action }) => action === 'alias');
  const acknowledged = deeds.filter(({ sequence }) => sequence !== undefined);
  const bySequence = (a: Deed, b: Deed): number => a.sequence! - b.sequence!;
  expect(moves.map(({ sequence, why }) => ({ sequence, content: why }))).toEqual(acknowledged.toSorted(bySequence));
  expect(moves.map(({ from }) => from)).toEqual([null, ...moves.slice(0, -1).map(({ to }) => to)]);
  const last = moves.at(-1)!;
  expect(await registry.alias('iris', 'candidate')).toMatchObject({ version: last['to'], sequence: last.sequence });
  expect(await Array.fromAsync(registry.verify('iris'))).toEqual([]);
}

export interface Killing {
  readonly store: ObjectStore;
  readonly kills: number;
  readonly environment?: Record<string, string>;
}

/**
 * kill -9 of a writer at random points of its work: what it acknowledged is there, no version is half, nothing is
 * corrupt, and the next writer goes on.
 */
export async function expectKillsWithoutHarm({ store, kills, environment }: Killing): Promise<void> {
  const registry = registryOn(store);
  const first = new Writer(store.url, 'iris', 'first', 2, environment);
  await first.ready();
  const start = performance.now();
  first.go();
  const acknowledged: Deed[] = [...(await first.finished())];
  const within = performance.now() - start; // how long two turns take on this machine, now

  let next = new Writer(store.url, 'iris', 'writer-0', 1000, environment);
  for (let round = 1; round <= kills; round++) {
    const victim = next;
    next = new Writer(store.url, 'iris', `writer-${round}`, 1000, environment); // starts while the victim works
    await victim.ready();
    victim.go();
    await sleep(Math.random() * within);
    await victim.kill();
    acknowledged.push(...victim.deeds);
  }
  await next.kill();

  const whole = new Set(await registry.versions('iris'));
  for (const { version } of acknowledged) if (version !== undefined) expect(whole).toContain(version);
  const records = await Array.fromAsync(registry.history('iris'));
  const reasons = new Set(records.map(({ why }) => why));
  for (const { sequence, content } of acknowledged) if (sequence !== undefined) expect(reasons).toContain(content);
  const findings = await Array.fromAsync(registry.verify('iris'));
  expect(findings.filter(({ severity }) => severity === 'corrupt')).toEqual([]);

  const survivor = new Writer(store.url, 'iris', 'survivor', 1, environment);
  await survivor.ready();
  survivor.go();
  expect(await survivor.finished()).toHaveLength(2);
  expect((await registry.resolve('iris@candidate')).manifest.provenance).toEqual({ source: 'test' });
  expect((await Array.fromAsync(registry.verify('iris'))).map(({ code }) => code)).not.toContain('alias.behind');
}
