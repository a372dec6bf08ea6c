import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { writeCard } from '#core/release/card/write-card.ts';
import type { EndDocument } from '#core/release/documents.ts';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';
import type { Release } from '#core/release/release.ts';
import { writeDocument } from '#core/release/store.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { inProcess, testFolder } from './cli.ts';

const REPORT: EvaluationReport = {
  format: 1,
  data: { store: 'file:/data', key: 'heldout.csv', size: 10, version: '1', format: 'csv' },
  task: 'classification',
  classes: ['a', 'b'],
  challenger: {
    version: 1,
    metrics: { accuracy: 0.9 },
    confusion: [
      [9, 1],
      [1, 9],
    ],
    latencies: [1, 2, 3],
    size: 1234,
  },
  slices: [],
  quality: { rows: 20, bad: 0, reasons: {}, duplicates: 0, missing: {}, classes: {} },
};

let place: Awaited<ReturnType<typeof newRegistry>>;

beforeEach(async () => {
  place = await newRegistry();
  await registerFixture(place.registry, 'iris', 'mlp_rows');
});

/** A card as a release of iris:1 leaves it. */
async function released(release: string): Promise<void> {
  const { store, registry } = place;
  const at = '2026-11-22T10:00:00.000Z';
  const request: Release = {
    format: 1,
    release,
    execution: 'e',
    model: 'iris',
    version: 1,
    manifest: 'm',
    options: {},
    allowBreaking: false,
    trigger: 'command',
    actor: 'ada',
    at,
  };
  const end: EndDocument = { at, state: 'live', reason: 'It passed.' };
  await writeDocument(store, release, 'evaluation', REPORT);
  await writeCard({ store, registry } as ReleaseWorld, request, end);
}

const card = (...args: string[]) => inProcess(['card', 'iris', '--store', place.store.url, ...args]);

describe('onnward card --output', () => {
  test('brings the newest card, with every plot that it links to', async () => {
    await place.registry.setAlias('iris', 'live', 1);
    for (const release of ['iris-r1', 'iris-r2', 'iris-r10']) await released(release);
    const folder = join(testFolder(), 'cards', 'iris');
    const { code, stdout } = await card('--output', folder);
    expect(code).toBe(0);
    const files = ['iris-r10.md', 'iris-r10-confusion.svg', 'iris-r10-latency.svg', 'iris-r10.json'];
    expect(stdout).toBe(`${files.map((file) => join(folder, file)).join('\n')}\n`);
    expect(readdirSync(folder).toSorted()).toEqual(files.toSorted());
    const markdown = readFileSync(join(folder, 'iris-r10.md'), 'utf8');
    const links = Array.from(markdown.matchAll(/\]\(([^)]+)\)/g), ([, link]) => link);
    expect(links).toEqual(['iris-r10-confusion.svg', 'iris-r10-latency.svg']);
    expect(readFileSync(join(folder, 'iris-r10-latency.svg'), 'utf8')).toMatch(/^<svg /);
  });

  test('of the first release leaves those of later numbers alone', async () => {
    await place.registry.setAlias('iris', 'live', 1);
    await released('iris-r1');
    await place.store.put('models/iris/versions/1/releases/iris-r1-notes.txt', new Uint8Array(1));
    const folder = testFolder();
    const { stdout } = await card('--output', folder, '--json');
    expect((JSON.parse(stdout) as { files: string[] }).files[0]).toBe(join(folder, 'iris-r1.md'));
    expect(readdirSync(folder)).toHaveLength(4);
    expect((await card('--output', folder)).code).toBe(0);
  });

  test('refuses a file', async () => {
    await place.registry.setAlias('iris', 'live', 1);
    await released('iris-r1');
    const path = join(testFolder(), 'card.md');
    writeFileSync(path, 'mine');
    expect(await card('--output', path)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('code: usage.not_a_folder'),
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test('of what was never released makes no folder', async () => {
    await place.registry.setAlias('iris', 'live', 1);
    const folder = join(testFolder(), 'cards');
    expect(await card('--output', folder)).toMatchObject({ stderr: expect.stringContaining('code: card.not_found') });
    expect(() => readdirSync(folder)).toThrow('ENOENT');
  });
});
