import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { root } from '../repository/sources.ts';
import { Place } from './support/place.ts';
import { sourceOf } from './support/trainers.ts';

/*
 * With the machine's own Python and pip. The package that is installed lies beside the script, so that no index is asked.
 */

const PYPROJECT = `
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny-package"
version = "1.2.3"
`;

/** Builds a wheel with nothing but Python's own library. */
const BACKEND = `
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = 'tiny_package-1.2.3-py3-none-any.whl'
    info = 'tiny_package-1.2.3.dist-info'
    with zipfile.ZipFile(directory + '/' + name, 'w') as wheel:
        wheel.writestr('tiny_package.py', 'ANSWER = 42')
        wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\\nName: tiny-package\\nVersion: 1.2.3\\n')
        wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(info + '/RECORD', '')
    return name
`;

function withPackage(folder: string, script: string): string {
  sourceOf(script, folder, { 'requirements.txt': './package  # beside this file\n' });
  mkdirSync(join(folder, 'package'), { recursive: true });
  writeFileSync(join(folder, 'package/pyproject.toml'), PYPROJECT);
  writeFileSync(join(folder, 'package/backend.py'), BACKEND);
  return folder;
}

const SCRIPT = `
import os, subprocess, sys, tiny_package
print('answer', tiny_package.ANSWER)
print('prefix', sys.prefix == os.environ['VIRTUAL_ENV'] and sys.prefix != sys.base_prefix)
print(subprocess.run(['python', '-c', 'import tiny_package; print("child", tiny_package.ANSWER)'], capture_output=True, text=True).stdout)
`;

describe("a trainer's packages", () => {
  test('are installed for it alone, once', async () => {
    const place = await Place.open({ cacheFolder: newFolder() });
    withPackage(place.path('source'), SCRIPT);
    await place.jobs.submit(await place.record({ source: 'source' }));
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
    const { lines = [] } = (await place.progress()) ?? {};
    expect(lines).toEqual(expect.arrayContaining(['answer 42', 'prefix True', 'child 42']));
    expect(lines.some((line) => line.startsWith("Installing the trainer's packages, once"))).toBe(true);

    await place.jobs.submit(await place.record({ source: 'source' }, 'digits-t2'));
    expect(await place.ended('digits-t2')).toMatchObject({ state: 'succeeded' });
    const again = (await place.progress('digits-t2'))?.lines ?? [];
    expect(again).toEqual(['answer 42', 'prefix True', 'child 42']);
  });

  test('that there are none of fail it with what pip says', async () => {
    const place = await Place.open({ cacheFolder: newFolder() });
    sourceOf('print("never")', place.path('source'), {
      'requirements.txt': `--no-index\nno-such-package-of-ours==1\n`,
    });
    await place.jobs.submit(await place.record({ source: 'source' }));
    const { state, reason } = await place.ended();
    expect([state, reason]).toEqual(['failed', expect.stringContaining('no-such-package-of-ours==1')]);
    expect(reason).toContain('could not be installed');
    expect(reason).toContain('Correct requirements.txt');
    expect((await place.progress())?.lines).not.toContain('never');
  });

  test('that three processes want at once are installed by one', async () => {
    const folder = newFolder();
    const source = withPackage(join(newFolder(), 'source'), SCRIPT);
    const program = join(newFolder(), 'make.ts');
    const module = join(root, 'lib/adapters/local/training/virtual-environment.ts');
    writeFileSync(
      program,
      `import { virtualEnvironment } from ${JSON.stringify(module)};
       const signal = new AbortController().signal;
       const options = { source: ${JSON.stringify(source)}, folder: ${JSON.stringify(folder)}, signal, say: async () => {} };
       console.log(await virtualEnvironment(options));`,
    );
    const made = await Promise.all(
      Array.from({ length: 3 }, () => {
        const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
        return text(child.stdout);
      }),
    );
    expect(new Set(made).size).toBe(1);
    const environment = made[0]?.trim() ?? '';
    const answer = 'import tiny_package; print(tiny_package.ANSWER)';
    expect(execFileSync(join(environment, 'bin/python'), ['-c', answer], { encoding: 'utf8' })).toBe('42\n');
    const [place = ''] = readdirSync(folder);
    const entries = readdirSync(join(folder, place), { withFileTypes: true });
    expect(entries.filter((entry) => entry.isDirectory())).toHaveLength(1);
  });

  test('half installed by a process that was killed are installed anew', async () => {
    const place = await Place.open({ cacheFolder: newFolder() });
    // It waits in the middle of its first installation, and never again.
    const backend = `
import os, time
if not os.path.exists('../hung'):
    open('../hung', 'w').close()
    time.sleep(60)
${BACKEND}`;
    const source = withPackage(place.path('source'), SCRIPT);
    writeFileSync(join(source, 'package/backend.py'), backend.replaceAll('../hung', place.path('hung')));
    await place.jobs.submit(await place.record({ source: 'source' }));
    await place.eventually(async () => (readdirSync(place.folder).includes('hung') ? true : undefined));
    process.kill((await place.supervisor()).pid, 'SIGKILL');
    expect(await place.ended()).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect((await place.progress())?.lines).toContain('answer 42');
  });
});
