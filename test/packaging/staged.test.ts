import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { root } from '#packaging/root.ts';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';

interface Outcome {
  readonly folder: string;
  readonly hash: string;
  /** How often the recipe was made. */
  readonly made: number;
}

interface Setup {
  /** @default - a new cache */
  readonly cache?: string;
  readonly source?: string;
  readonly input?: string;
  readonly umask?: string;
}

/** Stages a folder of one file with the text of `source`, twice, in a process of its own. */
async function stageTwice({ cache = newFolder(), source = newSource(), input = 'a', umask = '022' }: Setup = {}) {
  const script = `
    import { readFileSync } from 'node:fs';
    import { stage } from ${JSON.stringify(join(root, 'lib/packaging/staged.ts'))};
    process.umask(0o${umask});
    let made = 0;
    const recipe = {
      name: 'test',
      inputs: new Map([['input', ${JSON.stringify(input)}]]),
      make() {
        made++;
        const from = readFileSync(${JSON.stringify(source)});
        return { files: [{ path: 'a/b/copy.txt', from }], sources: [${JSON.stringify(fromRoot(source))}] };
      },
    };
    stage(recipe);
    console.log(JSON.stringify({ ...stage(recipe), made }));`;
  const options = { env: { ...process.env, ONNWARD_STAGING: cache } };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options);
  return JSON.parse(stdout) as Outcome;
}

function newSource(text = 'one'): string {
  const path = join(newFolder(), 'source.txt');
  writeFileSync(path, text);
  return path;
}

const fromRoot = (path: string): string => relative(root, path).split(sep).join('/');
const textOf = ({ folder }: Outcome): string => readFileSync(join(folder, 'a/b/copy.txt'), 'utf8');

describe('a folder', () => {
  test('is made once by a process, and found by the next', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    const second = await stageTwice({ cache, source });
    expect([first.made, second.made]).toEqual([1, 0]);
    expect(second).toMatchObject({ folder: first.folder, hash: first.hash });
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(textOf(second)).toBe('one');
  });

  test('is another where a source is another', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    writeFileSync(source, 'two');
    const second = await stageTwice({ cache, source });
    expect(second.hash).not.toBe(first.hash);
    expect([textOf(first), textOf(second)]).toEqual(['one', 'two']);
    writeFileSync(source, 'one');
    expect(await stageTwice({ cache, source })).toMatchObject({ folder: first.folder, made: expect.any(Number) });
  });

  test('is another where an input is another', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const [first, second] = [await stageTwice({ cache, source }), await stageTwice({ cache, source, input: 'b' })];
    expect(second.hash).not.toBe(first.hash);
  });

  test('does not depend on when a source was written', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    utimesSync(source, new Date(0), new Date(0));
    expect(await stageTwice({ cache, source })).toEqual({ ...first, made: 0 });
  });

  test('has a hash that does not tell which cache it lies in', async () => {
    const source = newSource();
    const [first, second] = [await stageTwice({ source }), await stageTwice({ source })];
    expect(second.hash).toBe(first.hash);
    expect(second.folder).not.toBe(first.folder);
  });

  test('can be read by any user, and says nothing of when it was made', async () => {
    const { folder } = await stageTwice({ umask: '077' });
    const modes = ['', 'a', 'a/b', 'a/b/copy.txt'].map((path) => statSync(join(folder, path)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o644]);
    expect(statSync(join(folder, 'a/b/copy.txt')).mtime).toEqual(new Date('1980-01-01T00:00:00Z'));
  });
});

describe('the cache', () => {
  test('serves processes that make the same at once', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const all = await Promise.all(Array.from({ length: 4 }, () => stageTwice({ cache, source })));
    expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
    expect(textOf(all[0] as Outcome)).toBe('one');
    expect(readdirSync(cache).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('makes again what somebody removed, and what it cannot read', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    for (const name of readdirSync(cache)) if (name.endsWith('.json')) writeFileSync(join(cache, name), '{"cut');
    const second = await stageTwice({ cache, source });
    expect(second).toEqual({ ...first, made: 1 });
  });

  test('drops what nobody has staged for a day', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
    for (const name of readdirSync(cache)) utimesSync(join(cache, name), twoDaysAgo, twoDaysAgo);
    const second = await stageTwice({ cache, source, input: 'b' });
    expect(statSync(first.folder, { throwIfNoEntry: false })).toBeUndefined();
    expect(textOf(second)).toBe('one');
  });

  test('keeps what was staged again since', async () => {
    const [cache, source] = [newFolder(), newSource()];
    const first = await stageTwice({ cache, source });
    const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
    utimesSync(first.folder, twoDaysAgo, twoDaysAgo);
    await stageTwice({ cache, source });
    await stageTwice({ cache, source, input: 'b' });
    expect(textOf(first)).toBe('one');
  });

  test('that cannot be written to is passed over for the next', async () => {
    const file = newSource();
    const { folder } = await stageTwice({ cache: join(file, 'below-a-file') });
    expect(folder.startsWith(join(root, 'node_modules', '.cache', 'onnward', 'staged'))).toBe(true);
  });
});
