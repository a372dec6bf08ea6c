import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listening, onnward, testFolder } from '../bin/cli.ts';

/** From data to a live endpoint, packages installed, ms. */
const LIMIT_MS = 120_000;

const DIAGNOSES = ['benign', 'malignant'];

/** The first held-out row of each kind: its features, in the columns' order, and the truth. */
function heldOut(cwd: string): { readonly features: number[]; readonly truth: string }[] {
  const [heading = '', ...rows] = readFileSync(join(cwd, 'data/heldout.csv'), 'utf8').trim().split('\n');
  const label = heading.split(',').indexOf('diagnosis');
  const cells = rows.map((row) => row.split(','));
  return DIAGNOSES.map((diagnosis) => {
    const row = cells.find((each) => each[label] === diagnosis)!;
    return { features: row.filter((_, column) => column !== label).map(Number), truth: diagnosis };
  });
}

test('a person with data has a live endpoint in two minutes: init, train, release, and it answers', async () => {
  const cwd = testFolder();
  expect(await onnward(['init', '--template', 'tabular'], { cwd })).toMatchObject({ code: 0 });
  const packages = await onnward(['train', '--set', 'folds=2'], { cwd, limitMs: 240_000 });
  expect(packages, packages.stderr).toMatchObject({ code: 0 });

  const began = performance.now();
  const trained = await onnward(['train', '--json'], { cwd, limitMs: LIMIT_MS });
  expect(trained, trained.stderr).toMatchObject({ code: 0 });
  const { trainings } = JSON.parse(trained.stdout) as { trainings: { register: { version: number } }[] };
  expect(trainings[0]?.register).toEqual({ version: 2 });
  const released = await onnward(['release', '--json'], { cwd });
  expect(released, released.stderr).toMatchObject({ code: 0 });
  const server = await listening(['serve', 'cancer'], { cwd });
  for (const { features, truth } of heldOut(cwd)) {
    const body = JSON.stringify({
      inputs: [{ name: 'features', datatype: 'FP32', shape: [1, features.length], data: features }],
    });
    const answer = await fetch(`${server.url}/v2/models/cancer/infer`, { method: 'POST', body });
    const { outputs } = (await answer.json()) as { outputs: { name: string; data: number[] }[] };
    expect(DIAGNOSES[outputs.find(({ name }) => name === 'label')!.data[0]!]).toBe(truth);
  }
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
  server.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0 });

  const shown = await onnward(['show', 'cancer:2', '--json'], { cwd });
  const { manifest = JSON.parse(shown.stdout) } = JSON.parse(shown.stdout) as {
    manifest?: { provenance: object; metrics: Record<string, number> };
  };
  expect(manifest).toMatchObject({
    labels: { probabilities: DIAGNOSES },
    provenance: {
      source: 'training',
      training: 'cancer-t2',
      hyperparameters: { label: 'diagnosis' },
      export: { compared: 64 },
    },
  });
  expect(manifest!.metrics['accuracy']).toBeGreaterThanOrEqual(0.95);
});
