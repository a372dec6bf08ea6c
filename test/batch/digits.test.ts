import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listening, type Running } from '../bin/cli.ts';
import { DIGIT_FILES, type Digits, readDigits } from './support/digits.ts';
import { Laptop, makeFolder } from './support/laptop.ts';

/* Images that the model has never seen, one after another through a server and all together through a job. */

interface Prediction {
  readonly label: number;
  /** The float32 that its digits stand for. */
  readonly probabilities: readonly number[];
}

let laptop: Laptop;
let digits: Digits;
let served: readonly Prediction[];
beforeAll(async () => {
  digits = readDigits();
  laptop = await Laptop.with('digits', 'examples/digits/model.onnx');
  const server = await listening(['serve', 'digits'], { cwd: laptop.folder });
  served = await askAll(server);
  server.kill('SIGINT');
  await server.ended;
});
afterEach(() => laptop.forget());
afterAll(() => laptop.close());

test('a server recognises them', () => {
  const right = served.filter(({ label }, row) => label === digits.truth[row]).length;
  expect(right / digits.rows.length).toBeGreaterThan(0.97);
});

test.each(Object.keys(DIGIT_FILES))('a job over %s answers as the server does, to the bit', async (name) => {
  const path = laptop.path(name);
  DIGIT_FILES[name]!(digits, path);
  expect(await score([path, '--exact', '--format', 'jsonl'])).toEqual(served);
});

test.each([
  ['jsonl', 'lists.jsonl'],
  ['csv', 'cells.csv'],
])('so does a job that writes what it reads: %s', async (_, name) => {
  const path = laptop.path(name);
  DIGIT_FILES[name]!(digits, path);
  expect(await score([path, '--exact'])).toEqual(served);
});

test('a job over images as bare tensors, a file each, does too', async () => {
  const folder = makeFolder(laptop.path('tensors'));
  for (const [row, pixels] of digits.rows.entries()) {
    const name = `${String(row).padStart(4, '0')}.bin`;
    writeFileSync(`${folder}/${name}`, new Uint8Array(Float32Array.from(pixels, Number).buffer));
  }
  expect(await score([`${folder}/`, '--exact'])).toEqual(served);
});

test('without exact mode, answers are the same within a millionth', async () => {
  const path = laptop.path('cells.csv');
  DIGIT_FILES['cells.csv']!(digits, path);
  const scored = await score([path]);
  expect(scored.map(({ label }) => label)).toEqual(served.map(({ label }) => label));
  for (const [row, { probabilities }] of scored.entries()) {
    for (const [i, value] of probabilities.entries()) {
      const expected = served[row]!.probabilities[i]!;
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1e-3, expected));
    }
  }
});

/** One request a row, one after another, so that no two share a run. */
async function askAll({ url }: Running): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  for (const row of digits.rows) {
    const inputs = [{ name: 'image', datatype: 'FP32', shape: [1, 1, 8, 8], data: row.map(Number) }];
    const response = await fetch(`${url}/v2/models/digits/infer`, { method: 'POST', body: JSON.stringify({ inputs }) });
    const { outputs } = (await response.json()) as { outputs: { name: string; data: number[] }[] };
    const [label, probabilities] = ['label', 'probabilities'].map(
      (name) => outputs.find((one) => one.name === name)?.data,
    );
    predictions.push({ label: label![0]!, probabilities: probabilities!.map(Math.fround) });
  }
  return predictions;
}

async function score(args: readonly string[]): Promise<Prediction[]> {
  const { code, stderr } = await laptop.run(['batch', 'digits', ...args]);
  expect(code, stderr).toBe(0);
  const manifest = laptop.manifest()!;
  expect(manifest.rows).toEqual({ in: digits.rows.length, scored: digits.rows.length, quarantined: 0, pending: 0 });
  return manifest.parts.flatMap(({ key }) => predictionsIn(readFileSync(laptop.object(key), 'utf8')));
}

function predictionsIn(part: string): Prediction[] {
  const lines = part.trimEnd().split('\n');
  return part.startsWith('{')
    ? lines.map((line) => ofJson(JSON.parse(line) as Prediction))
    : lines.slice(1).map(ofCells);
}

const ofJson = ({ label, probabilities }: Prediction): Prediction => ({
  label,
  probabilities: probabilities.map(Math.fround),
});

const ofCells = (line: string): Prediction => {
  const [label, ...probabilities] = line.split(',').map(Number);
  return { label: label!, probabilities: probabilities.map(Math.fround) };
};
