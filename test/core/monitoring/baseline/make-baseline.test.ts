import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { profileVersion } from '#adapters/local/baseline.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { loadWithOutput } from '#adapters/onnx/hidden.ts';
import { makeBaseline } from '#core/monitoring/baseline/make-baseline.ts';
import { readBaseline } from '#core/monitoring/baseline/read-baseline.ts';
import { CaptureKeys } from '#core/monitoring/capture/keys.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { example, heldOut, made, newPlace, openModel, rowsFile } from './place.ts';

const IRIS = readFileSync(heldOut('iris'), 'utf8');
const [HEADING = '', ...ROWS] = IRIS.trim().split('\n');
const label = 'species';
const iris = await openModel('iris');

const numbers = (profile: Profile, name: string): number[] => {
  const feature = profile.features.find((each) => each.name === name);
  if (feature?.kind !== 'number') throw new Error(`${name} is no number`);
  return Array.from(feature.sketch.sorted());
};

describe('the profile of a table', () => {
  test('has each column by its name, what the model says of the rows, and its truths', async () => {
    const { said, profile } = await made(iris, { data: heldOut('iris'), label });
    const columns = HEADING.split(',').filter((name) => name !== label);
    expect(said).toMatchObject({ rows: ROWS.length, columns: { features: columns }, label });
    expect(said.bad).toBeUndefined();
    expect(profile.rows).toBe(ROWS.length);
    for (const [column, name] of columns.entries()) {
      const values = ROWS.map((row) => Math.fround(Number(row.split(',')[column])));
      expect(numbers(profile, name)).toStrictEqual(values.sort((a, b) => a - b));
    }
    expect(profile.features.filter(({ role }) => role === 'prediction').map(({ name }) => name)).toContain('label');
    expect(profile.truth).toMatchObject({ kind: 'classes', rows: ROWS.length });
    expect((profile.truth as { correct: number }).correct).toBeGreaterThan(0.9 * ROWS.length);
  });

  test.each([
    ['JSON lines', 'rows.jsonl', () => ROWS.map((row) => JSON.stringify(objectOf(row))).join('\n')],
    ['gzip', 'rows.csv.gz', () => gzipSync(IRIS)],
  ])('is the same of %s', async (_, name, text) => {
    const plain = await made(iris, { data: rowsFile(IRIS), label });
    const other = await made(iris, { data: rowsFile(text() as string, name), label });
    expect(other.said.sha256).toBe(plain.said.sha256);
  });

  test('is written once', async () => {
    const place = newPlace();
    const first = await made(iris, { data: heldOut('iris'), label }, place);
    const again = await made(iris, { data: heldOut('iris'), label }, place);
    expect(again.said).toStrictEqual(first.said);
    expect((await Array.fromAsync(place.store.list('baselines/'))).map(({ key }) => key)).toStrictEqual([
      first.said.key,
    ]);
  });

  test('knows missing values, and nothing of sensitive columns', async () => {
    const [column = ''] = HEADING.split(',');
    const text = [HEADING, ...ROWS.map((row, index) => (index < 5 ? row.replace(/^[^,]*/, '') : row))].join('\n');
    const { profile } = await made(iris, { data: rowsFile(text), label });
    expect(profile.features.find(({ name }) => name === column)?.sketch.missing).toBe(5);
    const redacted = await made(iris, { data: heldOut('iris'), label, sensitive: { [column]: 'drop' } });
    expect(redacted.profile.features.map(({ name }) => name)).not.toContain(column);
  });

  test('hashes what is to be hashed as capture does, and says so', async () => {
    const [column = ''] = HEADING.split(',');
    const place = newPlace();
    const engine = createEngine({ workers: 0 });
    const version = { ...iris, model: await engine.load(example('iris')), files: example('iris') };
    const options = { data: heldOut('iris'), label, sensitive: { [column]: 'hash' } } as const;
    const said = await profileVersion({ ...place, engine }, version, options);
    expect(said).toMatchObject({ redacted: { 'features[0]': 'hash' }, hashedWith: 1 });
    const baseline = await readBaseline(place.store, { name: 'iris', version: 1, baseline: { profile: said } });
    const feature = baseline!.profile.features.find(({ name }) => name === column);
    if (feature?.kind !== 'category') throw new Error(`${column} is no category`);
    const keys = (await CaptureKeys.read(place.store))!;
    const hashes = ROWS.map((row) => keys.hash('iris', 'features[0]', String(Number(row.split(',')[0]))));
    expect(feature.sketch.entries().map(({ name }) => name)).toEqual(expect.arrayContaining(hashes));
    expect(feature.sketch.missing).toBe(0);
  });

  test('a label that is among several is found, and none is no matter', async () => {
    const data = heldOut('iris');
    const found = await made(iris, { data, label: ['truth', label], lenient: true });
    expect(found.said.label).toBe(label);
    const without = await made(iris, { data, drop: [label], label: ['truth'], lenient: true });
    expect(without.said.label).toBeUndefined();
    expect(without.profile.truth).toBeUndefined();
  });
});

describe('rows that are bad', () => {
  const withBad = (count: number) =>
    [HEADING, ...ROWS.map((row, index) => (index < count ? row.replace(/^[^,]*/, 'secret-value') : row))].join('\n');

  test('are counted where they are few', async () => {
    const { said, profile } = await made(iris, { data: rowsFile(withBad(2)), label, badRows: 0.1 });
    expect(said).toMatchObject({ rows: ROWS.length - 2, bad: 2 });
    expect(profile.rows).toBe(ROWS.length - 2);
  });

  test('are refused where they are many, by their place and never by what they hold', async () => {
    const making = makeBaseline(newPlace(), iris, { data: rowsFile(withBad(3)), label });
    await expect(making).rejects.toMatchObject({ code: 'baseline.rows', fields: { bad: 3, rows: ROWS.length } });
    const message = await making.catch((error: Error) => error.message);
    expect(message).toMatch(
      /3 of the 45 rows .* more than 1 %: row\.\w+ 3\. The first: row 1, Column '.*': row\.\w+; row 2/,
    );
    expect(message).not.toContain('secret-value');
  });

  test.each([
    ['truths that are no classes', IRIS.replaceAll('setosa', 'tulip'), { label }, 'baseline.rows'],
    ['a column that is not there', IRIS, { label: 'truth' }, 'baseline.columns'],
    ['a column too many', IRIS, {}, 'baseline.columns'],
    ['no row', `${HEADING}\n`, { label }, 'baseline.empty'],
    ['nothing', '', { label }, 'input.empty'],
  ])('%s', async (_, text, options, code) => {
    const making = makeBaseline(newPlace(), iris, { data: rowsFile(text), ...options });
    await expect(making).rejects.toMatchObject({ code });
  });

  test('a file that is not there', async () => {
    const making = makeBaseline(newPlace(), iris, { data: '/no/such/rows.csv' });
    await expect(making).rejects.toMatchObject({ code: 'input.not_found' });
  });
});

describe('many rows', () => {
  const MANY = [HEADING, ...Array.from({ length: 60_000 }, (_, index) => ROWS[index % ROWS.length])].join('\n');
  const data = rowsFile(MANY);

  test('all are read, whatever the shards', async () => {
    const heard: [number, number][] = [];
    const place = newPlace({ onProgress: (...said) => heard.push(said) });
    const { said, profile } = await made(iris, { data, label }, place);
    expect(said).toMatchObject({ rows: 60_000 });
    expect(said.sampled).toBeUndefined();
    expect(profile.truth?.rows).toBe(60_000);
    expect(heard.length).toBeGreaterThan(3);
    expect(heard.at(-1)?.[0]).toBe(60_000);
  });

  test('beyond the most, shards all over the file are, and it is said', async () => {
    const { said } = await made(iris, { data, label, mostRows: 20_000 });
    expect(said.rows).toBeLessThan(40_000);
    expect(said.sampled!.shards).toBeLessThan(said.sampled!.of);
  });

  test('without time, the first alone', async () => {
    let now = 0;
    const place = newPlace({ now: () => (now += 1000) });
    const { said } = await made(iris, { data, label, budgetMs: 500 }, place);
    expect(said.sampled?.shards).toBe(1);
  });
});

describe('images and what is hidden', async () => {
  const digits = await openModel('digits');

  test('a table of pixels, and a layer within the graph', async () => {
    const hidden = 'next_activations1';
    const within = await loadWithOutput(createEngine({ workers: 0 }), example('digits'), hidden);
    const { said, profile } = await made(
      { ...digits, model: within },
      { data: heldOut('digits'), label: 'digit', hidden },
    );
    expect(said).toMatchObject({ hidden, rows: 540 });
    const layer = profile.features.filter(({ role }) => role === 'hidden');
    expect(layer.length).toBeGreaterThan(10);
    expect(layer.every(({ name, sketch }) => name.startsWith(hidden) && sketch.rows === 540)).toBe(true);
    await within.close();
  });

  test('a folder of pictures', async () => {
    const preprocess = [{ step: 'image' }];
    const { said, profile } = await made({ ...digits, preprocess }, { data: `${example('digits').folder}/images/` });
    expect(said.rows).toBeGreaterThan(3);
    expect(said.columns).toBeUndefined();
    expect(profile.features.filter(({ role }) => role === 'input').length).toBeGreaterThan(0);
  });
});

describe('readBaseline', () => {
  test('none where the version has none', async () => {
    const { store } = newPlace();
    expect(await readBaseline(store, { name: 'iris', version: 1 })).toBeUndefined();
    expect(await readBaseline(store, { name: 'iris', version: 1, baseline: { why: 'no' } })).toBeUndefined();
  });

  test('refuses one that is gone, and one that was touched', async () => {
    const place = newPlace();
    const { said } = await made(iris, { data: heldOut('iris'), label }, place);
    const version = { name: 'iris', version: 3, baseline: { profile: said } };
    await expect(readBaseline(newPlace().store, version)).rejects.toMatchObject({ code: 'baseline.corrupt' });
    const other = newPlace().store;
    await other.put(said.key, Buffer.from('another'));
    await expect(readBaseline(other, version)).rejects.toThrow(/The baseline of iris:3 is not what it was/);
  });
});

function objectOf(row: string): Record<string, string | number> {
  const cells = row.split(',');
  return Object.fromEntries(
    HEADING.split(',').map((name, index) => [name, name === label ? (cells[index] as string) : Number(cells[index])]),
  );
}
