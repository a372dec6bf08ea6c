import { rmSync } from 'node:fs';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { registryContract } from '../../contracts/registry/contract.ts';
import { newFolder } from '../../support/folders.ts';

registryContract({
  place: async () => {
    const folder = newFolder();
    return () => FolderStore.open(folder);
  },
  remove: async (store, key) => rmSync(store.localPath!(key)),
});
