import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type HostileFile,
  HOSTILE_CSV,
  HOSTILE_GZIP,
  HOSTILE_JSONL,
  HEADING,
  ROW,
  noise,
  rubbish,
} from './support/hostile-files.ts';
import { HOSTILE_PARQUET } from './support/hostile-parquet.ts';
import { type Finished, Laptop, makeFolder } from './support/laptop.ts';

/*
 * Files that nobody means well with, through the command that a user types, its worker processes and all. Each ends in
 * quarantine or in one refusal that names what is wrong; in bounded time and memory.
 */

/** All processes of a job together, bytes. */
const MEMORY = 512 * 2 ** 20;

let laptop: Laptop;
beforeAll(async () => {
  laptop = await Laptop.with('iris', 'examples/iris/model.onnx');
});
afterEach(() => laptop.forget());
afterAll(() => laptop.close());

function expectCalm({ code, stdout, stderr, peak }: Finished): void {
  expect(code, `it was killed, or crashed:\n${stderr}`).toBeOneOf([0, 1]);
  expect(`${stdout}${stderr}`, 'a stack trace').not.toMatch(/\n\s+at .*:\d+|node:internal|unforeseen/);
  expect(stderr.length, 'what it says is short').toBeLessThan(4000);
  expect(peak / 2 ** 20, 'MB at most').toBeLessThan(MEMORY / 2 ** 20);
}

/** The code that the command ends with, and what its manifest says. */
function expectOutcome({ outcome }: HostileFile, { code, stderr }: Finished): void {
  const manifest = laptop.manifest();
  if ('refused' in outcome) {
    expect(manifest?.parts ?? []).toEqual([]);
    expect(/^ {2}code: (.*)$/m.exec(stderr)?.[1], stderr).toMatch(outcome.refused);
    expect(code).toBe(1);
    return;
  }
  const { state, ...counts } = outcome;
  expect(manifest?.state, stderr).toBe(state);
  expect(code).toBe(state === 'done' ? 0 : 1);
  expect(manifest?.rows).toMatchObject(counts);
  const { in: all = 0, scored = 0, quarantined = 0, pending = 0 } = manifest?.rows ?? {};
  if (manifest?.rows.in !== undefined) expect(scored + quarantined + pending).toBe(all);
}

describe.each([
  ['CSV', HOSTILE_CSV],
  ['gzip', HOSTILE_GZIP],
  ['JSON lines', HOSTILE_JSONL],
  ['Parquet', HOSTILE_PARQUET],
])('%s', (_, files) => {
  test.each(files)('$what', async (file) => {
    const path = laptop.path(file.name);
    await file.make(path);
    try {
      const finished = await laptop.run(['batch', 'iris', path, ...(file.options ?? [])]);
      expectCalm(finished);
      expectOutcome(file, finished);
    } finally {
      rmSync(path);
    }
  });
});

test('a folder of rubbish: what is a tensor is scored, what only looks like one is set aside', async () => {
  const folder = makeFolder(laptop.path('rubbish'));
  rubbish(folder);
  const finished = await laptop.run(['batch', 'iris', `${folder}/`, '--error-budget', '0.99']);
  expectCalm(finished);
  expect(laptop.manifest()).toMatchObject({ state: 'done', rows: { scored: 1, quarantined: 6 } });
});

test.each<[string, string | Buffer]>([
  ['noise', noise(5000)],
  ['a list', '[]'],
  ['nothing', ''],
  ['another type', '{"columns": 5}'],
  ['an unknown option', '{"colums": ["a"]}'],
  ['brackets, nested a million times', '['.repeat(1e6)],
  ['a way into Object', '{"__proto__": {"id": "a"}}'],
])('a file of options that holds %s is refused, and says so', async (_, content) => {
  const path = laptop.path('input.csv');
  writeFileSync(path, HEADING + ROW.repeat(10));
  writeFileSync(`${path}.batch.json`, content);
  const finished = await laptop.run(['batch', 'iris', path]);
  expectCalm(finished);
  expect(finished.code).toBe(1);
  expect(finished.stderr).toContain('code: batch.options');
});
