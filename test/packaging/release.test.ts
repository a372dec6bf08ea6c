import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { gateFile } from '#core/deployment/names.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { filesBelow } from '#packaging/files.ts';
import { stageRelease } from '#packaging/release.ts';
import { machineOf } from './elf.ts';

/** Without the runtime, and without what is read only when it is needed. */
const outsideOf = (folder: string): string[] =>
  filesBelow(folder).filter((path) => !path.startsWith('node_modules/') && !/^[\w-]+-[A-Z0-9]{8}\.mjs$/.test(path));

describe.each(['arm64', 'x86_64'] as const)('for %s', (architecture) => {
  const { folder, hash } = stageRelease({ architecture });

  test('a zip is the handler with the runtime beside it, under the limit of 250 MB by far', () => {
    expect(outsideOf(folder)).toEqual(['handler.mjs', 'licences.txt', 'models.json', 'sbom.cdx.json']);
    const bytes = filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
    expect(bytes).toBeLessThan(60_000_000);
  });

  test('what a rollback has no use for is not in what is read first', () => {
    const handler = readFileSync(join(folder, 'handler.mjs'), 'utf8');
    expect(handler.length).toBeLessThan(400_000);
    for (const needless of ['StartQuery', 'BatchDeleteImage', 'GetMetricData', 'onnxruntime-node']) {
      expect(handler).not.toContain(needless);
      const others = filesBelow(folder).filter((path) => path.endsWith('.mjs') && path !== 'handler.mjs');
      expect(others.some((path) => readFileSync(join(folder, path), 'utf8').includes(needless))).toBe(true);
    }
  });

  test('nothing native is of another machine', () => {
    const machines = filesBelow(folder).map((path) => machineOf(join(folder, path)));
    expect(machines.filter((machine) => machine !== undefined)).toEqual([architecture, architecture]);
  });

  test('the same is staged once', () => {
    expect(stageRelease({ architecture })).toEqual({ folder, hash });
  });

  test('its licences are those of what is in it', () => {
    const licences = readFileSync(join(folder, 'licences.txt'), 'utf8');
    for (const name of ['onnxruntime', 'valibot', '@aws-sdk/client-lambda']) expect(licences).toContain(name);
  });
});

describe('options of the models', () => {
  const gated = (value: number) => ({ gates: [{ gate: 'atLeast', metric: 'accuracy', value } as const] });
  const staged = (models: Record<string, ReleaseOptions>) => stageRelease({ architecture: 'arm64', models });
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`model-${index}`, gated(0.9)]));

  test('are beside the handler, as they are, however many', () => {
    const { folder } = staged(many);
    expect(JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'))).toEqual(many);
  });

  test('are what the function goes by, and no word of its environment is', () => {
    const { folder } = staged({ iris: gated(0.9) });
    const ask = (model: string, env: Record<string, string> = {}) => {
      const script = `
        const { handler } = await import(${JSON.stringify(pathToFileURL(join(folder, 'handler.mjs')).href)});
        process.stdout.write(JSON.stringify(await handler({ task: 'options', model: ${JSON.stringify(model)} })));`;
      const ONNWARD_STORE = `file:${mkdtempSync(join(tmpdir(), 'onnward-'))}`;
      const all = { PATH: process.env['PATH'], ONNWARD_STORE, ...env };
      return JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: all, encoding: 'utf8' }),
      ) as object;
    };
    expect(ask('iris', { ONNWARD_RELEASE_MODELS: JSON.stringify({ iris: gated(0.1) }) })).toMatchObject(gated(0.9));
    expect(ask('other')).toEqual({});
  });

  test('change what is deployed, and nothing that is heavy is copied for them', () => {
    const [one, other] = [staged({ iris: gated(0.9) }), staged({ iris: gated(0.95) })];
    expect(one.hash).not.toBe(other.hash);
    expect(staged({ iris: gated(0.9) })).toEqual(one);
    const [first, second] = [one, other].map(({ folder }) => statSync(join(folder, 'handler.mjs')));
    expect(first?.ino).toBe(second?.ino);
  });
});

describe('modules that are gates', () => {
  const place = mkdtempSync(join(tmpdir(), 'onnward-'));
  mkdirSync(join(place, 'gates'));
  writeFileSync(join(place, 'limit.ts'), 'export const limit: number = 3;\n');
  const write = (sentence: string) =>
    writeFileSync(
      join(place, 'gates/cost.ts'),
      `import { limit } from '../limit.ts';\nexport default ({ version }: { version: number }) => ({ verdict: version < limit ? 'pass' : 'fail', sentence: '${sentence}', numbers: { limit } });\n`,
    );
  const staged = (gates: string[]) => stageRelease({ architecture: 'arm64', gates, folder: place });

  test('are bundled each by itself, with what they import, and run', async () => {
    write('cheap');
    const { folder } = staged(['./gates/cost.ts', './gates/cost.ts']);
    const file = gateFile('./gates/cost.ts');
    expect(outsideOf(folder)).toEqual([file, 'handler.mjs', 'licences.txt', 'models.json', 'sbom.cdx.json']);
    const { default: gate } = (await import(pathToFileURL(join(folder, file)).href)) as {
      default: (evidence: object) => object;
    };
    expect(gate({ version: 2 })).toEqual({ verdict: 'pass', sentence: 'cheap', numbers: { limit: 3 } });
    expect(gate({ version: 4 })).toMatchObject({ verdict: 'fail' });
  });

  test('change what is deployed', () => {
    expect(staged(['./gates/cost.ts']).hash).not.toBe(staged([]).hash);
  });

  test('that are not there are refused when the stage is built', () => {
    expect(() => staged(['./gates/none.ts'])).toThrow(expect.objectContaining({ code: 'packaging.bundle' }));
  });
});
