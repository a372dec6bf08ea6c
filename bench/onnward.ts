import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, command, modelPath } from './cache.ts';
import type { ModelName } from './cases.ts';
import type { Launch } from './process.ts';
import type { Assignment } from './servers.ts';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'onnward.ts');
const FOLDER = join(CACHE, 'bench-store');
const STORE = `file:${FOLDER}`;

/** Registers the models anew, with the command that a user types. */
export async function registerModels(models: readonly ModelName[]): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const model of models) {
    await command(process.execPath, [
      PROGRAM,
      'register',
      model,
      modelPath(model),
      '--alias',
      'live',
      '--store',
      STORE,
    ]);
  }
}

/** `onnward serve`, without npx in front of it, whose own start would count as ours. */
export const onnward = ({ model, port, workers }: Assignment): Launch => ({
  program: process.execPath,
  args: [PROGRAM, 'serve', model, '--port', String(port), '--store', STORE, '--workers', String(workers)],
});
