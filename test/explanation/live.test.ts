import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { expectAsShap } from '../serving/explain/reference.ts';
import { casesIn } from '../serving/explain/shap-cases.ts';

const python = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'explanation/bin/python');
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Models that have just been trained and explained by shap, on rows of another draw. */
function live(seed: number): string {
  if (!existsSync(python)) throw new Error(`${python} is missing; run test/explanation/install.sh`);
  const folder = mkdtempSync(join(tmpdir(), 'onnward-explanation-'));
  folders.push(folder);
  execFileSync(python, [join(import.meta.dirname, 'reference.py'), String(seed), folder], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'ignore',
    timeout: 250_000,
  });
  return folder;
}

describe.each([2, 3])('seed %i', (seed) => {
  const folder = live(seed);
  test.each(casesIn(folder))('$name', (given) => expectAsShap(given, folder));
});
