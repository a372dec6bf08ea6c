import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { virtualEnvironment } from '#adapters/local/training/virtual-environment.ts';
import { newFolder } from '../../../support/folders.ts';

/*
 * With a Python that only notes what it is asked to do: test/training has the real one.
 */

/** Copies itself as a virtual environment does; `NOTES` is where it notes, `PIP` what its pip does. */
const PYTHON = `#!/bin/sh
case "$1 $2" in
  -c*) printf '%s\\n%s\\n' "$0" "fake \${VERSION:-1}" ;;
  '-m venv') mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo venv >>"$NOTES" ;;
  '-m pip') echo "pip $*" >>"$NOTES"; sh -c "$PIP" ;;
esac
`;

let source: string;
let folder: string;
let notes: string;

beforeEach(() => {
  const programs = newFolder();
  writeFileSync(join(programs, 'python3'), PYTHON);
  chmodSync(join(programs, 'python3'), 0o755);
  source = newFolder();
  folder = join(newFolder(), 'not there yet');
  notes = join(newFolder(), 'notes');
  vi.stubEnv('PATH', `${programs}:${process.env['PATH']}`);
  vi.stubEnv('NOTES', notes);
  vi.stubEnv('PIP', 'echo "Collecting numpy"; echo "noise"; echo "Downloading numpy-2.whl (16 MB)"');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const needs = (text: string): void => writeFileSync(join(source, 'requirements.txt'), text);
const noted = (): string[] => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []);

function make(said: string[] = [], signal: AbortSignal = new AbortController().signal): Promise<string> {
  return virtualEnvironment({ source, folder, say: async (line) => void said.push(line), signal });
}

test('without requirements nothing is installed, and nothing said', async () => {
  const said: string[] = [];
  const environment = await make(said);
  expect(existsSync(join(environment, 'bin/python'))).toBe(true);
  expect([noted(), said]).toEqual([['venv'], []]);
});

test('packages are installed once, and their progress told', async () => {
  needs('numpy==2\nonnx\n');
  const said: string[] = [];
  const environment = await make(said);
  expect(await make(said)).toBe(environment);
  expect(noted()).toEqual(['venv', expect.stringMatching(/^pip .*--requirement .*\/requirements\.txt$/)]);
  expect(said).toEqual([
    "Installing the trainer's packages, once: numpy, onnx",
    'Collecting numpy',
    'Downloading numpy-2.whl (16 MB)',
    expect.stringMatching(/^Installed them in \d+ s\.$/),
  ]);
});

test('other requirements, or another Python, take another environment', async () => {
  needs('numpy==2\n');
  const first = await make();
  needs('numpy==3\n');
  const second = await make();
  vi.stubEnv('VERSION', '2');
  const third = await make();
  expect(new Set([first, second, third]).size).toBe(3);
  needs('numpy==2\n');
  vi.stubEnv('VERSION', undefined);
  expect(await make()).toBe(first);
});

test('one whose Python has gone is made anew', async () => {
  const environment = await make();
  rmSync(join(environment, 'bin/python'));
  const again = await make();
  expect(existsSync(join(again, 'bin/python'))).toBe(true);
  expect(existsSync(environment)).toBe(false);
});

test('many at once make one', async () => {
  needs('numpy\n');
  vi.stubEnv('PIP', 'sleep 0.3');
  const made = await Promise.all(Array.from({ length: 5 }, () => make()));
  expect(new Set(made).size).toBe(1);
  expect(noted()).toHaveLength(2);
});

describe('packages that cannot be installed', () => {
  test('fail it with the last lines of pip, and it is tried again the next time', async () => {
    needs('nosuch==1\n');
    vi.stubEnv('PIP', 'seq 100 >&2; echo "ERROR: No matching distribution found for nosuch==1" >&2; exit 1');
    await expect(make()).rejects.toMatchObject({
      code: 'training.packages',
      message: expect.stringMatching(/\(exit code 1\):\n97\n98\n99\n100\nERROR: No matching/) as string,
      fix: expect.stringContaining('requirements.txt') as string,
    });
    vi.stubEnv('PIP', 'exit 0');
    await make();
    const [place = ''] = readdirSync(folder);
    const kept = readdirSync(join(folder, place), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(kept).toHaveLength(1);
  });

  test('are not waited for by who gives up', async () => {
    needs('torch\n');
    vi.stubEnv('PIP', 'sleep 60');
    const giving = new AbortController();
    setTimeout(() => giving.abort(new Error('given up')), 300);
    const started = performance.now();
    await expect(make([], giving.signal)).rejects.toThrow('given up');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('what nobody has used for a month goes', async () => {
  const old = await make();
  const days = (count: number): Date => new Date(Date.now() - count * 86_400_000);
  utimesSync(join(old, '..', 'made'), days(29), days(29));
  needs('numpy\n');
  const newer = await make();
  expect(existsSync(old)).toBe(true);
  utimesSync(join(old, '..', 'made'), days(31), days(31));
  needs('onnx\n');
  await make();
  expect([existsSync(old), existsSync(newer)]).toEqual([false, true]);
});

describe('a Python that will not do', () => {
  const broken = (script: string): void => {
    const programs = newFolder();
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, 'python3'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, 'python3'), 0o755);
    vi.stubEnv('PATH', `${programs}:/bin:/usr/bin`);
  };

  test.each([
    ['echo "ModuleNotFoundError: No module named \'ensurepip\'" >&2; exit 1', 'python3 lacks the module ensurepip'],
    ['echo "pyenv: version 3.9 is not installed" >&2; exit 127', 'python3 says: pyenv: version 3.9 is not installed'],
  ])('%s', async (script, why) => {
    broken(script);
    await expect(make()).rejects.toMatchObject({
      code: 'training.no_python',
      message: expect.stringContaining(why) as string,
      fix: expect.stringContaining('apt install python3 python3-venv') as string,
    });
  });

  test('that is not there at all', async () => {
    vi.stubEnv('PATH', newFolder());
    await expect(make()).rejects.toMatchObject({
      code: 'training.no_python',
      message: expect.stringContaining('there is no python3 on the PATH') as string,
    });
  });
});
