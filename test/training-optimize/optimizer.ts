import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ObjectStore } from '#core/ports.ts';
import type { Optimizer } from '../core/training/optimize/support/place.ts';
import { newFolder } from '../support/folders.ts';
import { root } from '../repository/sources.ts';

const CACHE = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');
/** Made by test/trainers/optimize/install.sh. */
const PYTHON = join(CACHE, 'trainers', 'optimize', 'bin', 'python');

/** trainers/optimize as a job would run it: channels from the store, a folder for /opt/ml. */
export const realOptimizer =
  (store: ObjectStore): Optimizer =>
  async (channels, hyperparameters) => {
    const base = newFolder();
    for (const [name, prefix] of Object.entries(channels)) await fetch(store, prefix, join(base, 'input/data', name));
    const text = Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]);
    write(join(base, 'input/config'), 'hyperparameters.json', JSON.stringify(Object.fromEntries(text)));
    await promisify(execFile)(PYTHON, [join(root, 'trainers/optimize/train.py'), 'train'], {
      env: { ...process.env, SAGEMAKER_BASE_DIR: base },
    });
    return join(base, 'model');
  };

async function fetch(store: ObjectStore, prefix: string, folder: string): Promise<void> {
  for await (const { key } of store.list(prefix)) {
    const path = key.slice(prefix.length);
    const stored = path.includes('/') ? undefined : await store.get(key);
    if (stored) write(folder, path, stored.bytes);
  }
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
}
