import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkReleases, CONFIG_FILE, loadConfig } from '#adapters/local/config.ts';
import { newFolder } from '../../support/folders.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

const table = (rows: number): string => `a,b,class\n${'1,2,x\n'.repeat(rows)}`;
const MODEL = {
  evaluation: { data: 'heldout.csv', label: 'class' },
  gates: [{ gate: 'nonInferior', metric: 'accuracy', margin: 0.03 }],
};

const load = async (model: object = MODEL): Promise<unknown> => {
  writeFileSync(join(folder, CONFIG_FILE), `export default ${JSON.stringify({ models: { iris: model } })};`);
  try {
    const loaded = await loadConfig(folder);
    await checkReleases(loaded);
    return loaded.config.models;
  } catch (error) {
    return error;
  }
};

describe('held-out rows beside the configuration', () => {
  test('are enough', async () => {
    writeFileSync(join(folder, 'heldout.csv'), table(225));
    expect(await load()).toEqual({ iris: MODEL });
  });

  test.each<[string, (rows: number) => string | Uint8Array]>([
    ['heldout.csv', table],
    ['heldout.csv.gz', (rows) => gzipSync(table(rows))],
    ['heldout.jsonl', (rows) => '{"a":1,"class":"x"}\n'.repeat(rows)],
  ])('are too few for the gates, which is said with the rows that are needed: %s', async (data, content) => {
    writeFileSync(join(folder, data), content(150));
    expect(await load({ ...MODEL, evaluation: { data, label: 'class' } })).toMatchObject({
      code: 'release.unresolvable',
      message:
        'models.iris.gates.0 (accuracy no more than 0.03 worse) needs 225 rows to decide anything, and evaluation.data has 150.',
      fix: expect.stringContaining('225 rows or more'),
      fields: { path: 'models.iris.gates.0', rows: 150, needed: 225 },
    });
  });

  test.each([
    [{ label: 'clas' }, "label is 'clas', and the columns of the held-out rows are a, b, class. Did you mean class?"],
    [
      { label: 'class', slices: ['a', 'sex'] },
      "slices is 'sex', and the columns of the held-out rows are a, b, class.",
    ],
  ])('have the columns that are named: %j', async (named, message) => {
    writeFileSync(join(folder, 'heldout.csv'), table(300));
    expect(await load({ ...MODEL, evaluation: { data: 'heldout.csv', ...named } })).toMatchObject({
      code: 'config.invalid',
      message: `models.iris.evaluation.${message}`,
      fix: expect.stringContaining('Correct models.iris.evaluation.'),
    });
  });

  test('are looked at only where they would be used', async () => {
    writeFileSync(join(folder, 'heldout.csv'), table(1));
    const { evaluation } = MODEL;
    expect(await load({ evaluation })).toEqual({ iris: { evaluation } });
  });

  test.each<[string, () => void]>([
    ['are not there', () => undefined],
    ['are a folder', () => mkdirSync(join(folder, 'heldout.csv'))],
    ['are empty', () => writeFileSync(join(folder, 'heldout.csv'), '')],
    ['are not UTF-8', () => writeFileSync(join(folder, 'heldout.csv'), Buffer.from([0xff, 0xfe, 0x0a, 0xff]))],
  ])('that %s are left to the release', async (_, make) => {
    make();
    const found = await load();
    const code = (found as { code?: string }).code;
    expect([undefined, 'config.invalid', 'release.unresolvable']).toContain(code);
  });

  test.each(['a.csv.gz', 'a.parquet', 'a.jsonl', 'a.jsonl.gz'])(
    'that are no %s never crash the reading',
    async (data) => {
      writeFileSync(join(folder, data), Buffer.from([0, 1, 2, 3, 255, 10, 13]));
      const found = await load({ ...MODEL, evaluation: { data, label: 'class' } });
      expect([undefined, 'config.invalid', 'release.unresolvable']).toContain((found as { code?: string }).code);
    },
  );
});

describe('a gate of the user', () => {
  const model = { gates: [{ gate: 'custom', run: './gates/mine.ts' }] };

  test('lies beside the configuration', async () => {
    mkdirSync(join(folder, 'gates'));
    copyFileSync(import.meta.filename, join(folder, 'gates/mine.ts'));
    expect(await load(model)).toEqual({ iris: model });
  });

  test('that does not is named', async () => {
    expect(await load(model)).toMatchObject({
      code: 'config.invalid',
      message: 'models.iris.gates.0.run is ./gates/mine.ts, and there is no such file beside it.',
    });
  });

  test('in AWS is not looked for', async () => {
    const run = 'arn:aws:lambda:eu-west-1:111122223333:function:gate';
    expect(await load({ gates: [{ gate: 'custom', run }] })).toMatchObject({ iris: { gates: [{ run }] } });
  });
});

test('what is wrong with them keeps nobody from reading the configuration, nor from a rollback', async () => {
  writeFileSync(join(folder, 'heldout.csv'), table(3));
  expect(await load()).toMatchObject({ code: 'release.unresolvable' });
  expect((await loadConfig(folder)).config.models).toEqual({ iris: MODEL });
});

describe('a configuration that throws when it is looked at', () => {
  test.each([
    '{ get models() { throw new Error("not today"); } }',
    'new Proxy({}, { ownKeys() { throw new Error("not today"); }, has() { throw new Error("not today"); } })',
  ])('is unreadable: %s', async (value) => {
    writeFileSync(join(folder, CONFIG_FILE), `export default ${value};`);
    await expect(loadConfig(folder)).rejects.toMatchObject({
      code: 'config.unreadable',
      message: expect.stringContaining('not today'),
    });
  });
});
