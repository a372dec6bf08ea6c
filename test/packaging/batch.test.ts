import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stageBatch } from '#packaging/batch.ts';
import { filesBelow } from '#packaging/files.ts';
import { machineOf } from './elf.ts';

describe.each(['arm64', 'x86_64'] as const)('for %s', (architecture) => {
  const { folder, hash } = stageBatch({ architecture });

  test('a zip is the handler with the runtime beside it, under the limit of 250 MB by far', () => {
    const files = filesBelow(folder);
    const outside = files.filter((path) => !path.startsWith('node_modules/'));
    expect(outside).toEqual(['handler.mjs', 'licences.txt', 'sbom.cdx.json']);
    expect(files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)).toBeLessThan(60_000_000);
  });

  test('nothing native is of another machine', () => {
    const machines = filesBelow(folder).map((path) => machineOf(join(folder, path)));
    expect(machines.filter((machine) => machine !== undefined)).toEqual([architecture, architecture]);
  });

  test('the same is staged once', () => {
    expect(stageBatch({ architecture })).toEqual({ folder, hash });
  });

  test('its licences are those of what is in it', () => {
    expect(readFileSync(join(folder, 'licences.txt'), 'utf8')).toContain('onnxruntime');
  });
});
