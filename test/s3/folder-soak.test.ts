import { test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { expectKillsWithoutHarm, expectRaceWithoutLoss } from '../contracts/registry/writers.ts';
import { newFolder } from '../support/folders.ts';

const newStore = () => FolderStore.open(newFolder());

test('8 processes race for 800 versions in a folder, 100 each, and lose none', async () => {
  await expectRaceWithoutLoss({ store: await newStore(), writers: 8, turns: 100 });
});

test('40 kills leave each version in a folder whole or not there', async () => {
  await expectKillsWithoutHarm({ store: await newStore(), kills: 40 });
});
