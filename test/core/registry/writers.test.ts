import { test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { expectKillsWithoutHarm, expectRaceWithoutLoss } from '../../contracts/registry/writers.ts';
import { newFolder } from '../../support/folders.ts';

const newStore = () => FolderStore.open(newFolder());

test('8 processes race for 200 versions and 200 writes of an alias, and lose none', async () => {
  await expectRaceWithoutLoss({ store: await newStore(), writers: 8, turns: 25 });
}, 120_000);

test('kill -9 in the middle of registrations leaves each version whole or not there', async () => {
  await expectKillsWithoutHarm({ store: await newStore(), kills: 12 });
}, 120_000);
