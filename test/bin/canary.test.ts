import { beforeEach, describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { inProcess } from './cli.ts';

let place: Awaited<ReturnType<typeof newRegistry>>;

/** Three versions; a release sends 10 % of the requests of version 2 to version 3, and version 1 was live before. */
beforeEach(async () => {
  place = await newRegistry();
  for (const _ of [1, 2, 3]) await registerFixture(place.registry, 'iris', 'mlp_rows');
  await place.registry.setReleased('iris', 'previous', { version: 1, target: '1' });
  await split({ challenger: 3, challengerTarget: '3', weight: 10 });
});

const split = (more: { challenger?: number; challengerTarget?: string; weight?: number }) =>
  place.registry.setReleased('iris', 'live', { version: 2, target: '2', release: 'iris-r3', ...more });

const run = async (...args: string[]): Promise<string> =>
  (await inProcess([...args, '--store', place.store.url])).stdout;

const json = async (...args: string[]): Promise<unknown> => JSON.parse(await run(...args, '--json'));

const CANARY = { version: 3, weight: 10, release: 'iris-r3' };

describe('a canary on this machine', () => {
  test('is named in the list of models', async () => {
    expect(await run('models')).toBe(
      'MODEL  LATEST  ALIASES\niris   3       live=2 previous=1 canary=3 (10 % of the requests, by iris-r3)\n',
    );
    expect(await json('models')).toMatchObject({
      models: [{ name: 'iris', aliases: { live: 2, previous: 1 }, canary: CANARY }],
    });
  });

  test.each([
    ['iris', ['canary  version 3 gets 10 % of the requests, by iris-r3', 'previous  version 1']],
    ['iris:3', ['canary  gets 10 % of the requests, by iris-r3, beside version 2']],
    ['iris:1', []],
  ])('is shown of %s', async (ref, lines) => {
    const shown = (await run('show', ref)).split('\n');
    expect(shown.filter((line) => /^(canary|previous)/.test(line))).toEqual(lines);
    expect(((await json('show', ref)) as Manifest & { canary: object }).canary).toEqual(CANARY);
  });

  test('is told no more when it is over', async () => {
    await split({});
    expect(await run('models')).toContain('live=2 previous=1\n');
    expect(await run('show', 'iris')).not.toContain('canary');
    expect(await json('show', 'iris')).not.toHaveProperty('canary');
    expect(await json('models')).not.toHaveProperty('models.0.canary');
  });
});
