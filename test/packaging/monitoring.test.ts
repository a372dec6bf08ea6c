/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import { filesBelow } from '#packaging/files.ts';
import { stageMonitoring } from '#packaging/monitoring.ts';
import { machineOf } from './elf.ts';

/** Without the runtime, and without what is read only when it is needed. */
const outsideOf = (folder: string): string[] =>
  filesBelow(folder).filter((path) => !path.startsWith('node_modules/') && !/^[\w-]+-[A-Z0-9]{8}\.mjs$/.test(path));
const bytesOf = (folder: string): number =>
  filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);

const models: Record<string, WatchedModel> = { iris: { watch: { drift: { then: 'notify' } }, capture: {} } };
const hidden = { iris: { watch: { drift: { hidden: 'embedding', then: 'notify' } } } } as const;

describe('the function of monitoring', () => {
  const { folder, hash } = stageMonitoring({ architecture: 'arm64', models });

  test('is a handler without the runtime: no model is asked', () => {
    expect(outsideOf(folder)).toEqual(['handler.mjs', 'licences.txt', 'models.json']);
    expect(bytesOf(folder)).toBeLessThan(4_000_000);
  });

  test('has what the configuration says of each model in it', () => {
    expect(JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'))).toEqual(models);
    const other = stageMonitoring({ architecture: 'arm64' });
    expect(JSON.parse(readFileSync(join(other.folder, 'models.json'), 'utf8'))).toEqual({});
    expect(other.hash).not.toBe(hash);
  });

  test('is the same for both architectures, and staged once', () => {
    expect(stageMonitoring({ architecture: 'x86_64', models })).toEqual({ folder, hash });
  });

  test('has the licences of what is in it', () => {
    expect(readFileSync(join(folder, 'licences.txt'), 'utf8')).toContain('valibot');
  });
});

describe.each(['arm64', 'x86_64'] as const)('where a tensor within the graph is looked at, on %s', (architecture) => {
  const { folder } = stageMonitoring({ architecture, models: hidden });

  test('the runtime goes along, of no other machine, under the limit of 250 MB by far', () => {
    expect(outsideOf(folder)).toEqual(['handler.mjs', 'licences.txt', 'models.json', 'sbom.cdx.json']);
    const machines = filesBelow(folder).map((path) => machineOf(join(folder, path)));
    expect(machines.filter((machine) => machine !== undefined)).toEqual([architecture, architecture]);
    expect(bytesOf(folder)).toBeLessThan(60_000_000);
  });
});
