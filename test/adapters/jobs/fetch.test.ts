import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fetchInputs, type FetchOptions } from '#adapters/jobs/fetch.ts';
import { readFetched } from '#adapters/jobs/job-folder.ts';
import { openInputs } from '#adapters/inputs.ts';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader } from '#core/ports.ts';
import { layoutOf } from '#core/training/contract/layout.ts';
import type { Progress } from '#core/training/documents.ts';
import { progressKey } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { newFolder } from '../../support/folders.ts';
import { watched } from '../../support/stores.ts';
import { askFor } from '../../support/trainings.ts';

let store: FolderStore;
let base: string;
let data: string;

beforeEach(async () => {
  store = await FolderStore.open(newFolder());
  base = newFolder();
  data = newFolder();
});

function write(folder: string, path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

async function fetch(options: TrainingOptions, more: Partial<FetchOptions> = {}) {
  await askFor(store, { options });
  return fetchInputs({ store, training: 'digits-t1', base, patienceMs: 100, ...more });
}

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

describe('channels', () => {
  test('are folders, files, and keys of the store, each below its name', async () => {
    const large = randomBytes(20 * 2 ** 20);
    write(data, 'train/a.csv', 'a');
    write(data, 'train/deep/b.bin', large);
    write(data, 'test.csv', 't');
    await store.put('training/in/digits/c.csv', Buffer.from('c'));
    const { channels } = await fetch({
      channels: { train: `file:${data}/train/`, test: `file:${data}/test.csv`, more: 'training/in/digits/' },
    });
    const { data: fetched } = layoutOf(base);
    expect(below(fetched)).toEqual(['more/c.csv', 'test/test.csv', 'train/a.csv', 'train/deep/b.bin']);
    expect(Buffer.compare(readFileSync(join(fetched, 'train/deep/b.bin')), large)).toBe(0);
    const lines = [`${sha256('a')}  a.csv\n`, `${sha256(large)}  deep/b.bin\n`].sort().join('');
    expect(channels).toEqual({
      train: { files: 2, bytes: large.length + 1, sha256: sha256(lines) },
      test: { files: 1, bytes: 1, sha256: sha256(`${sha256('t')}  test.csv\n`) },
      more: { files: 1, bytes: 1, sha256: sha256(`${sha256('c')}  c.csv\n`) },
    });
  });

  test('of a thousand files come, and leave no draft behind', async () => {
    for (let index = 0; index < 1000; index++) write(data, `${index % 10}/${index}.txt`, `${index}`);
    const { channels } = await fetch({ channels: { train: `file:${data}/` } });
    expect(channels['train']?.files).toBe(1000);
    expect(readFileSync(join(layoutOf(base).channel('train'), '7/997.txt'), 'utf8')).toBe('997');
    expect(below(join(base, 'input', '.onnward'))).toEqual(['fetched.json']);
  });

  test.each([
    ['a file that is not there', 'train.csv', 'input.not_found', /nothing at file:.*train\.csv.*the channel train/],
    ['a folder that is not there', 'nothing/', 'training.empty_channel', /no object below .*the channel train/],
    ['a folder without its slash', 'folder', 'input.not_found', /a folder or a prefix ends in '\/'/],
  ])('%s fails, and the agent is told why', async (_, where, code, message) => {
    write(data, 'folder/a', '1');
    const failing = fetch({ channels: { train: `file:${data}/${where}` } });
    await expect(failing).rejects.toMatchObject({ code });
    const told = await readFetched(layoutOf(base), undefined);
    expect(told).toMatchObject({
      attempt: 1,
      channels: {},
      failure: { code, message: expect.stringMatching(message) },
    });
  });

  test('that take more room than there is fail before a byte is brought', async () => {
    write(data, 'a', '1');
    const reader = await openInputs(`file:${data}`);
    const huge: InputReader = {
      url: reader.url,
      stat: (key) => reader.stat(key),
      read: () => {
        throw new Error('nothing is to be read');
      },
      async *list(prefix) {
        for await (const each of reader.list(prefix)) yield { ...each, size: 1e18 };
      },
    };
    await expect(fetch({ channels: { train: `file:${data}/` } }, { inputs: async () => huge })).rejects.toMatchObject({
      code: 'training.no_room',
      fields: { needed: 1e18 },
    });
  });

  /** A reader of which the first `times` reads meet `fault`. */
  const spoiled = async (times: number, fault: () => void): Promise<InputReader> => {
    const reader = await openInputs(`file:${data}`);
    let left = times;
    return {
      url: reader.url,
      stat: (...asked) => reader.stat(...asked),
      list: (prefix) => reader.list(prefix),
      async *read(...asked) {
        if (left-- > 0) fault();
        yield* reader.read(...asked);
      },
    };
  };

  test('that change while they are read are read again, as they are then', async () => {
    write(data, 'a', 'old');
    const inputs = await spoiled(1, () => writeFileSync(join(data, 'a'), 'newer'));
    const { channels } = await fetch({ channels: { train: `file:${data}/` } }, { inputs: async () => inputs });
    expect(readFileSync(join(layoutOf(base).channel('train'), 'a'), 'utf8')).toBe('newer');
    expect(channels['train']).toMatchObject({ bytes: 5, sha256: sha256(`${sha256('newer')}  a\n`) });
  });

  test('that never stay as they are fail, by name', async () => {
    write(data, 'a', '1');
    let turn = 0;
    const inputs = await spoiled(99, () => writeFileSync(join(data, 'a'), 'x'.repeat(++turn + 1)));
    await expect(fetch({ channels: { train: `file:${data}/` } }, { inputs: async () => inputs })).rejects.toMatchObject(
      {
        code: 'input.changed',
        message: 'a of the channel train was changed each time that it was read.',
      },
    );
    expect(turn).toBe(3);
    expect(existsSync(join(layoutOf(base).channel('train'), 'a'))).toBe(false);
  });

  test('that do not answer for a while come all the same', async () => {
    write(data, 'a', '1');
    const inputs = await spoiled(2, () => {
      throw new OnnwardError('gone', { code: 'store.unreachable', kind: 'unavailable' });
    });
    const options = { inputs: async () => inputs, patienceMs: 5000 };
    expect((await fetch({ channels: { train: `file:${data}/` } }, options)).channels['train']?.files).toBe(1);
  });
});

describe('what a run before has left', () => {
  test('goes, but for nothing that no training has made', async () => {
    const { model, checkpoints, outputData, output, config } = layoutOf(base);
    await fetch({ hyperparameters: { epochs: 5 } });
    for (const folder of [model, checkpoints, outputData, output]) write(folder, 'stale', 'x');
    write(base, 'code/train.py', 'mine');
    await fetch({ hyperparameters: { epochs: 6 } });
    expect(below(base)).toEqual([
      'code/train.py',
      ...['.onnward/fetched.json', ...['hyperparameters', 'inputdataconfig', 'resourceconfig'].map(named)].map(
        (path) => `input/${path}`,
      ),
    ]);
    expect(JSON.parse(readFileSync(join(config, 'hyperparameters.json'), 'utf8'))).toEqual({ epochs: '6' });
  });

  const named = (name: string): string => `config/${name}.json`;

  test('of somebody else stays, and nothing is begun, this time and the next', async () => {
    write(base, 'model/mine.onnx', 'mine');
    for (let turn = 0; turn < 2; turn++) {
      await expect(fetch({})).rejects.toMatchObject({ code: 'training.folder' });
      expect(below(base)).toEqual(['model/mine.onnx']);
    }
  });

  test('is told to who comes next: hosts, seconds, what was printed', async () => {
    expect(await fetch({})).toMatchObject({ attempt: 1, seconds: 0 });
    const points = [{ name: 'loss', value: 1, step: 0, at: '2026-11-23T00:00:00.000Z' }];
    const progress: Progress = {
      at: 'now',
      phase: 'training',
      attempt: 1,
      metrics: points,
      lines: ['x'],
      seconds: 12.5,
    };
    await store.put(progressKey('digits-t1'), Buffer.from(JSON.stringify(progress)));
    expect(await fetch({}, { run: 'job-2' })).toMatchObject({ attempt: 2, seconds: 12.5, run: 'job-2' });
    const now = JSON.parse(Buffer.from((await store.get(progressKey('digits-t1')))!.bytes).toString()) as Progress;
    expect(now).toMatchObject({ phase: 'fetching', attempt: 2, metrics: points, seconds: 12.5 });
    await store.put(progressKey('digits-t1'), Buffer.from('half of a docu'));
    expect(await fetch({})).toMatchObject({ attempt: 3, seconds: 0 });
  });
});

test('its progress is written at most once a second, and at its end', async () => {
  for (let index = 0; index < 200; index++) write(data, `${index}`, 'x'.repeat(1000));
  const written: Progress[] = [];
  const counting = watched(store, () => undefined);
  const put: typeof counting.put = async (key, bytes, condition) => {
    if (key === progressKey('digits-t1')) written.push(JSON.parse(Buffer.from(bytes).toString()) as Progress);
    return store.put(key, bytes, condition);
  };
  await fetch({ channels: { train: `file:${data}/` } }, { store: { ...counting, put } });
  expect(written.length).toBeLessThanOrEqual(5);
  expect(written.at(-1)).toMatchObject({ phase: 'fetching', done: 200_000, total: 200_000, attempt: 1 });
});

test('a store that cannot take its progress holds nothing up', async () => {
  const deaf = watched(store, (verb, key) => {
    if (verb === 'put' && key.endsWith('progress.json')) throw new Error('no');
  });
  write(data, 'a', '1');
  expect((await fetch({ channels: { train: `file:${data}/a` } }, { store: deaf })).channels['train']?.files).toBe(1);
});

test('another run of the job is none of ours', async () => {
  await fetch({}, { run: 'job-1' });
  expect(await readFetched(layoutOf(base), 'job-2')).toBeUndefined();
  expect(await readFetched(layoutOf(base), 'job-1')).toMatchObject({ attempt: 1 });
});

test('whoever the trainer runs as may write, where that is asked for', async () => {
  await fetch({}, { openToAll: true });
  const modes = ['model', 'output', 'output/data', 'checkpoints'].map(
    (name) => statSync(join(base, name)).mode & 0o777,
  );
  expect(modes).toEqual([0o777, 0o777, 0o777, 0o777]);
});

test('a training that nobody has asked for is not begun', async () => {
  const options = { store, training: 'digits-t2', base, patienceMs: 10 };
  await expect(fetchInputs(options)).rejects.toMatchObject({ code: 'training.not_found' });
});
