import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { registryContract } from '../../contracts/registry.ts';

registryContract({
  place: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnward-registry-'));
    return () => FolderStore.open(folder);
  },
  remove: async (store, key) => rmSync(store.localPath!(key)),
});
