/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import { Stage } from '../core/monitoring/monitor/support/stage.ts';
import { newFolder } from '../support/folders.ts';
import { inProcess, inRepository } from './cli.ts';

const HELD_OUT = inRepository('examples/iris/heldout.csv');
const MODEL = inRepository('examples/iris/model.onnx');
const BASELINE = ['--baseline', HELD_OUT, '--baseline-label', 'species'];

describe('register --baseline', () => {
  test('keeps what the rows are like, and show tells it', async () => {
    const store = ['--store', `file:${newFolder()}`];
    const registered = await inProcess(['register', 'iris', MODEL, ...BASELINE, ...store]);
    expect(registered).toMatchObject({ code: 0 });
    expect(registered.stdout).toMatch(/^baseline  45 rows, truth in species, \d/m);
    const shown = await inProcess(['show', 'iris:1', ...store]);
    expect(shown.stdout).toMatch(/^baseline  45 rows, truth in species, \d/m);
    expect(await inProcess(['verify', ...store])).toMatchObject({ code: 0, stdout: 'Nothing was touched in iris.\n' });
  });

  test.each([
    ['a label without a baseline', ['--baseline-label', 'species'], 'usage.needs_baseline'],
    ['a column that is not there', ['--baseline', HELD_OUT, '--baseline-label', 'kind'], 'baseline.columns'],
    ['a file that is not there', ['--baseline', '/no/such.csv'], 'input.not_found'],
  ])('%s makes no version', async (_, options, code) => {
    const store = ['--store', `file:${newFolder()}`];
    const { code: exit, stderr } = await inProcess(['register', 'iris', MODEL, ...options, ...store, '--json']);
    expect(exit).toBeGreaterThan(0);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code } });
    expect(JSON.parse((await inProcess(['models', ...store, '--json'])).stdout)).toMatchObject({ models: [] });
  });

  test('takes the columns that are the input, in their order', async () => {
    const store = ['--store', `file:${newFolder()}`];
    const text = readFileSync(HELD_OUT, 'utf8').replace(/^([^,\n]*),(.*)$/gm, 'x,$2,$1');
    const rows = join(newFolder(), 'rows.csv');
    writeFileSync(rows, text);
    const columns = 'sepal_length,sepal_width,petal_length,petal_width';
    const options = ['--baseline', rows, '--baseline-columns', columns, '--json'];
    const { stdout } = await inProcess(['register', 'iris', MODEL, ...options, ...store]);
    expect(JSON.parse(stdout).baseline.profile).toMatchObject({ rows: 45, columns: { features: columns.split(',') } });
  });
});

describe('drift --against', () => {
  let store: string[];
  let shifted: string;

  beforeAll(async () => {
    const folder = newFolder();
    store = ['--store', `file:${folder}`];
    await inProcess(['register', 'iris', MODEL, '--alias', 'live', ...BASELINE, ...store]);
    await inProcess(['register', 'iris', MODEL, ...store]);
    shifted = join(newFolder(), 'shifted.csv');
    const [heading, ...rows] = readFileSync(HELD_OUT, 'utf8').trim().split('\n');
    const moved = rows.map((row) => row.replace(/^[^,]+/, (cell) => String(Number(cell) + 2)));
    writeFileSync(shifted, [heading, ...moved].join('\n'));
  });

  test('the same rows have not moved', async () => {
    const { code, stdout } = await inProcess(['drift', 'iris', '--against', HELD_OUT, ...store]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 of 8 features of 45 rows moved against iris:1$/m);
  });

  test('shifted ones have, and the column is named', async () => {
    const { stdout } = await inProcess(['drift', 'iris', '--against', shifted, ...store]);
    expect(stdout.split('\n')[1]).toMatch(/^sepal_length +input +DRIFTS +ks/);
    expect(stdout).toMatch(/^baseline_drift_check {2}"sepal_length" /m);
    const json = JSON.parse((await inProcess(['drift', 'iris', '--against', shifted, '--json', ...store])).stdout);
    expect(json).toMatchObject({ model: 'iris', version: 1, state: 'drifting', rows: 45 });
  });

  test('a version without a baseline says what to do', async () => {
    const { code, stderr } = await inProcess(['drift', 'iris:2', '--against', HELD_OUT, ...store]);
    expect(code).toBe(1);
    expect(stderr).toContain('iris:2 has no baseline to compare with.');
    expect(stderr).toContain('--baseline FILE');
  });

  test('windows and a file are two questions', async () => {
    const { code, stderr } = await inProcess(['drift', 'iris', '--against', HELD_OUT, '--last', '3', ...store]);
    expect(code).toBe(2);
    expect(stderr).toContain('usage.either');
  });
});

describe('windows', () => {
  const WATCHED: WatchedModel = { watch: { drift: { then: 'notify' } }, capture: {} };
  let folder: string;
  let store: string[];

  beforeAll(async () => {
    folder = newFolder();
    store = ['--store', `file:${folder}`];
    const stage = await Stage.open(WATCHED);
    for (const shift of [0, 0, 1, 1]) await stage.hour({ rows: 220, shift });
    await stage.look();
    const there = await openStore(`file:${folder}`);
    for await (const { key } of stage.memory.list('')) {
      await there.put(key, (await stage.memory.get(key))!.bytes);
    }
  });

  test('are listed, with the features of the last one', async () => {
    const { code, stdout, stderr } = await inProcess(['drift', 'loans', ...store]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('onnward report loans') });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^window +version +rows +drift +features that moved$/);
    expect(lines[4]).toMatch(/^2026-11-23T03-1h +1 +220 +DRIFTING +.*age/);
    expect(stdout).toMatch(/^age +input +DRIFTS +ks .* 2026-11-23T02-1h$/m);
    expect(stdout).toMatch(/^income +input +as before/m);
  });

  test('one of them, and no more than so many', async () => {
    const { stdout } = await inProcess(['drift', 'loans', '--window', '2026-11-23T01-1h', '--last', '1', ...store]);
    expect(stdout.split('\n')[1]).toMatch(/^2026-11-23T01-1h .* stable/);
    expect(stdout).not.toContain('T00-1h');
    const json = JSON.parse((await inProcess(['drift', 'loans', '--last', '2', '--json', ...store])).stdout);
    expect(json.windows.map(({ window }: { window: string }) => window)).toStrictEqual([
      '2026-11-23T02-1h',
      '2026-11-23T03-1h',
    ]);
    expect(await inProcess(['drift', 'loans', '--window', '2025', ...store])).toMatchObject({ code: 1 });
  });

  test('none yet: what to do', async () => {
    const { code, stderr } = await inProcess(['drift', 'iris', '--store', `file:${newFolder()}`]);
    expect(code).toBe(0);
    expect(stderr).toContain('onnward drift iris --against FILE');
  });

  test('a page of them', async () => {
    const out = join(newFolder(), 'loans.html');
    const { code, stdout } = await inProcess(['report', 'loans', '--out', out, ...store]);
    expect(code).toBe(0);
    const paths = stdout.trim().split('\n');
    expect(paths).toHaveLength(6);
    expect(paths.every((path) => existsSync(path))).toBe(true);
    expect(readFileSync(out, 'utf8')).toContain('<h2>Features that moved</h2>');
    const json = JSON.parse((await inProcess(['report', 'loans', '--json', ...store])).stdout);
    expect(json).toMatchObject({ model: 'loans', window: '2026-11-23T03-1h', out: null });
  });

  test('no page of nothing', async () => {
    const { code, stderr } = await inProcess(['report', 'iris', '--store', `file:${newFolder()}`]);
    expect(code).toBe(1);
    expect(stderr).toContain('No window of iris was looked at.');
  });
});
