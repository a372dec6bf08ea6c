import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { runAgent } from '#adapters/jobs/agent.ts';
import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { announce, findHosts, type NodesOptions, rankOf } from '#adapters/jobs/nodes.ts';
import { newFolder } from '../../support/folders.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { askFor } from '../../support/trainings.ts';
import { FakeTrainer } from './fake-trainer.ts';

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

const optionsOf = (index: number, more: Partial<NodesOptions> = {}): NodesOptions => ({
  store,
  training: 'digits-t1',
  run: 'job-1',
  nodes: { index, count: 3, main: 1 },
  patience: { ms: 0 },
  clock: Date.now,
  waitMs: 2000,
  address: `10.0.0.${index}`,
  ...more,
});

test('the machine that leads waits for nobody, and the others know it at once', async () => {
  expect(await announce(optionsOf(1))).toMatchObject({
    hosts: ['10.0.0.1', '192.0.2.2', '192.0.2.3'],
    current: '10.0.0.1',
    rank: 0,
  });
  expect(await announce(optionsOf(2))).toMatchObject({
    hosts: ['10.0.0.1', '192.0.2.2', '10.0.0.2'],
    current: '10.0.0.2',
    rank: 2,
  });
  expect(await findHosts(optionsOf(1))).toBeUndefined();
  await announce(optionsOf(0));
  const hosts = ['10.0.0.1', '10.0.0.0', '10.0.0.2'];
  expect(await findHosts(optionsOf(1))).toMatchObject({ hosts, current: '10.0.0.1', rank: 0 });
  expect(await findHosts(optionsOf(2))).toMatchObject({ hosts, current: '10.0.0.2', rank: 2 });
});

test('who is told by AWS Batch where the first one is asks nobody', async () => {
  const nodes = { index: 0, count: 2, main: 1, mainAddress: '10.0.9.9' };
  expect((await announce(optionsOf(0, { nodes }))).hosts).toEqual(['10.0.9.9', '10.0.0.0']);
});

test('a first machine that says nothing is missed, and that of a run before is not taken for it', async () => {
  await announce(optionsOf(1, { run: 'job-0' }));
  await expect(announce(optionsOf(0, { waitMs: 0 }))).rejects.toMatchObject({ code: 'training.nodes' });
});

test.each([
  [0, [0, 1, 2, 3]],
  [2, [1, 2, 0, 3]],
])('of four machines of which %d leads the ranks are %j', (main, ranks) => {
  expect([0, 1, 2, 3].map((index) => rankOf({ index, main, count: 4 }))).toEqual(ranks);
});

test('the first machine trains while the second one is yet to come, and both know of each other in the end', async () => {
  await askFor(store, { options: { instances: 2 } });
  const bases = [newFolder(), newFolder()];
  const trainers = [new FakeTrainer(), new FakeTrainer()];
  const place = (index: number) => ({
    store,
    training: 'digits-t1',
    base: bases[index] as string,
    run: 'job-1',
    nodes: { index, count: 2, main: 0 },
  });
  const follow = (index: number) =>
    runAgent({ ...place(index), trainer: trainers[index] as FakeTrainer, pace: { lookMs: 3, stopMs: 5 } });
  const read = (index: number, name: string) =>
    readFileSync(join(bases[index] as string, 'input/config', name), 'utf8');
  const hostsOf = (index: number) => (JSON.parse(read(index, 'resourceconfig.json')) as { hosts: string[] }).hosts;

  await fetchInputs(place(0));
  for (const trainer of trainers) trainer.now = { state: 'running' };
  const [own] = hostsOf(0);
  expect(hostsOf(0)).toEqual([own, '192.0.2.2']);
  const addresses = Object.values(networkInterfaces()).flat();
  expect(addresses.map((each) => each?.address)).toContain(own);
  expect(read(0, 'rendezvous.env')).toContain(`export MASTER_ADDR='${own}'`);

  const first = follow(0);
  await fetchInputs(place(1));
  const second = follow(1);
  await vi.waitFor(() =>
    expect([hostsOf(0), hostsOf(1)]).toEqual([
      [own, own],
      [own, own],
    ]),
  );
  // They have one address, and are two machines all the same.
  expect([0, 1].map((index) => /NODE_RANK='(\d)'/.exec(read(index, 'rendezvous.env'))?.[1])).toEqual(['0', '1']);
  for (const trainer of trainers) trainer.exit(0);
  expect(await Promise.all([first, second])).toEqual([0, 0]);
  const { keys } = store;
  expect(keys.filter((key) => /\/attempts\/\d/.test(key))).toEqual(['training/digits-t1/attempts/1.json']);
  expect(keys).toContain('training/digits-t1/result.json');
});
