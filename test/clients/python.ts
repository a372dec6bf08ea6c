import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type Models, root, startOnnward } from './server.ts';

const scripts = join(import.meta.dirname, 'python');
const venv = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'clients');

/** A file that ships in an installed Python package, by its path below site-packages. */
export function packaged(path: string): string {
  const [found] = globSync(join(venv, 'lib/python3*/site-packages', path));
  if (found === undefined) throw new Error(`${path} is not installed in ${venv}; run test/clients/install.sh`);
  return found;
}

/** Serves `models` and lets a unittest file of python/ loose on them; each of its methods is a test here. */
export function pythonSuite(script: string, models: () => Models): void {
  const source = readFileSync(join(scripts, `${script}.py`), 'utf8');
  const names = [...source.matchAll(/^ {4}(?:async )?def (test_\w+)/gm)].map(([, name]) => name as string);
  let outcome: Record<string, string> = {};
  let exitCode: number | null = null;

  beforeAll(async () => {
    const server = await startOnnward(models());
    try {
      outcome = await runUnittest(script, server.url);
    } finally {
      exitCode = await server.stop();
    }
  });
  test.each(names)('%s', (name) => expect(outcome[name] ?? outcome['setup']).toBe('passed'));
  test('the server ends cleanly', () => expect(exitCode).toBe(0));
}

/** The outcome of each method: `passed`, or the traceback. */
async function runUnittest(script: string, url: string): Promise<Record<string, string>> {
  const python = join(venv, 'bin/python');
  if (!existsSync(python)) throw new Error(`${python} is missing; run test/clients/install.sh`);
  const { stdout } = await promisify(execFile)(python, [join(scripts, 'report.py'), script], {
    cwd: root,
    env: { ...process.env, ONNWARD_URL: url, NO_PROXY: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1' },
    timeout: 200_000,
  });
  return JSON.parse(stdout) as Record<string, string>;
}
