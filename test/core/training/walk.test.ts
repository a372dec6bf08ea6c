import { expect, test } from 'vitest';
import type { ObjectStore } from '#core/ports.ts';
import { listTrainings } from '#core/training/trainings.ts';
import { newStage, OPTIONS, run, type Stage } from './support/stage.ts';

/** Ends everything right before its n-th write: the one before it is made, and nobody has heard of it. */
function mortal(store: ObjectStore, at: number): { readonly store: ObjectStore; readonly writes: () => number } {
  let writes = 0;
  const die = (): never => {
    throw new Error('killed');
  };
  const dying = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (writes > at || ((name === 'put' || name === 'write') && writes++ === at)) die();
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  return { store: dying, writes: () => writes };
}

const ASKED = { model: 'iris', actor: 'ada' };

async function leftOf({ world, released }: Stage) {
  const trainings = await listTrainings(world.store);
  const versions = await world.registry.versions('iris');
  const findings = await Array.fromAsync(world.registry.verify('iris'));
  return {
    states: trainings.map(({ training, state }) => [training.training, state]),
    versions: versions.length,
    // A number that was begun and never made whole is no version: the next one is taken.
    ends: trainings.map(({ end }) => versions.indexOf(end?.version ?? 0)),
    released: [...new Set(released)].map((reference) => versions.indexOf(Number(reference.split(':')[1]))),
    corrupt: findings.filter(({ severity }) => severity === 'corrupt'),
  };
}

test('killed before any of its writes, a training goes on to the same end, with one version', async () => {
  const options = { ...OPTIONS, release: true };
  const whole = await newStage({ options });
  const counting = mortal(whole.world.store, Number.POSITIVE_INFINITY);
  await run({ world: whole.on(counting.store), pass: whole.pass }, ASKED);
  expect(counting.writes()).toBeGreaterThan(6);
  for (let at = 0; at < counting.writes(); at++) {
    const stage = await newStage({ options });
    const world = stage.on(mortal(stage.world.store, at).store);
    await run({ world, pass: stage.pass }, ASKED).catch(() => undefined);
    // Where its end is recorded there is nothing to go on with: the same words would begin another one.
    const [last] = await listTrainings(stage.world.store);
    if (last?.state !== 'registered') await run(stage, ASKED);
    expect({ at, ...(await leftOf(stage)) }).toEqual({ at, ...(await leftOf(whole)) });
  }
});
