import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow } from '#packaging/files.ts';
import { stageTraining } from '#packaging/training.ts';
import { machineOf } from './elf.ts';

/** Without the runtime, and without what is read only when it is needed. */
const outsideOf = (folder: string): string[] =>
  filesBelow(folder).filter((path) => !path.startsWith('node_modules/') && !/^[\w-]+-[A-Z0-9]{8}\.mjs$/.test(path));

const models = { iris: { training: { image: 'our/trainer:3', resources: { gpus: 1 } }, release: { gates: [] } } };

describe.each(['arm64', 'x86_64'] as const)('for %s', (architecture) => {
  const { folder, hash } = stageTraining({ architecture, models });

  test('a zip is the handler with the runtime beside it, under the limit of 250 MB by far', () => {
    expect(outsideOf(folder)).toEqual(['handler.mjs', 'licences.txt', 'models.json', 'sbom.cdx.json']);
    const bytes = filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
    expect(bytes).toBeLessThan(60_000_000);
  });

  test('nothing native is of another machine', () => {
    const machines = filesBelow(folder).map((path) => machineOf(join(folder, path)));
    expect(machines.filter((machine) => machine !== undefined)).toEqual([architecture, architecture]);
  });

  test('what the configuration says of each model is in it', () => {
    expect(JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'))).toEqual(models);
    const other = stageTraining({ architecture });
    expect(JSON.parse(readFileSync(join(other.folder, 'models.json'), 'utf8'))).toEqual({});
    expect(other.hash).not.toBe(hash);
  });

  test('the same is staged once', () => {
    expect(stageTraining({ architecture, models })).toEqual({ folder, hash });
  });

  test('its licences are those of what is in it', () => {
    const licences = readFileSync(join(folder, 'licences.txt'), 'utf8');
    for (const name of ['onnxruntime', 'valibot', '@aws-sdk/client-batch']) expect(licences).toContain(name);
  });
});
