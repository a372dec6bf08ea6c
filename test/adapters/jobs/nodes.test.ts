import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { announce, awaitNodes, type NodesOptions, rankOf } from '#adapters/jobs/nodes.ts';
import { newFolder } from '../../support/folders.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { askFor } from '../../support/trainings.ts';

const optionsOf = (store: MemoryStore, index: number, more: Partial<NodesOptions> = {}): NodesOptions => ({
  store,
  training: 'digits-t1',
  run: 'job-1',
  nodes: { index, count: 3, main: 1 },
  patience: { ms: 0 },
  clock: Date.now,
  waitMs: 2000,
  everyMs: 5,
  address: `10.0.0.${index}`,
  ...more,
});

test('machines find each other, the one that leads first', async () => {
  const store = new MemoryStore();
  const join = async (index: number) => awaitNodes(await announce(optionsOf(store, index)), optionsOf(store, index));
  const found = await Promise.all([2, 0, 1].map(join));
  const hosts = ['10.0.0.1', '10.0.0.0', '10.0.0.2'];
  expect(found.map(({ hosts: each, current, rank }) => [each, current, rank])).toEqual([
    [hosts, '10.0.0.2', 2],
    [hosts, '10.0.0.0', 1],
    [hosts, '10.0.0.1', 0],
  ]);
});

test('a machine that never comes is missed, and those of a run before are not taken for it', async () => {
  const store = new MemoryStore();
  await announce(optionsOf(store, 2, { run: 'job-0' }));
  await announce(optionsOf(store, 1));
  const own = await announce(optionsOf(store, 0));
  await expect(awaitNodes(own, optionsOf(store, 0, { waitMs: 30 }))).rejects.toMatchObject({
    code: 'training.nodes',
    fields: { there: 2, count: 3 },
  });
});

test.each([
  [0, [0, 1, 2, 3]],
  [2, [1, 2, 0, 3]],
])('of four machines of which %d leads the ranks are %j', (main, ranks) => {
  expect([0, 1, 2, 3].map((index) => rankOf({ index, main, count: 4 }))).toEqual(ranks);
});

test('two machines that fetch side by side know their places, and only the first one says how far it is', async () => {
  const store = new MemoryStore();
  await askFor(store, { options: { instances: 2, hyperparameters: { epochs: 1 } } });
  const bases = [newFolder(), newFolder()];
  const fetch = (index: number) =>
    fetchInputs({
      store,
      training: 'digits-t1',
      base: bases[index] as string,
      run: 'job-1',
      nodes: { index, count: 2, main: 0 },
    });
  await Promise.all([fetch(0), fetch(1)]);
  const read = (index: number, name: string) =>
    readFileSync(join(bases[index] as string, 'input/config', name), 'utf8');
  const own = Object.values(networkInterfaces())
    .flat()
    .map((each) => each?.address);
  const { hosts, current_host: current } = JSON.parse(read(0, 'resourceconfig.json')) as Record<string, string[]>;
  expect(hosts).toHaveLength(2);
  expect(own).toContain(current);
  expect(read(0, 'rendezvous.env')).toContain(`export MASTER_ADDR='${hosts?.[0]}'`);
  expect(read(1, 'rendezvous.env')).toContain(`export PET_RDZV_ENDPOINT='${hosts?.[0]}:29500'`);
  // They have one address, and are two machines all the same.
  expect([0, 1].map((index) => /NODE_RANK='(\d)'/.exec(read(index, 'rendezvous.env'))?.[1])).toEqual(['0', '1']);
  expect(store.keys.filter((key) => key.includes('/attempts/'))).toEqual(['training/digits-t1/attempts/1.json']);
});
