import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '#packaging/files.ts';
import { BAKED_STORE, stageInference, type InferenceOptions } from '#packaging/inference.ts';
import { root } from '#packaging/root.ts';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { machineOf } from './elf.ts';

const bytesOf = (folder: string): number =>
  filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);

const contentOf = (folder: string): string[] =>
  filesBelow(folder).map((path) => {
    const { mode, mtimeMs } = statSync(join(folder, path));
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
    return `${path} ${mode.toString(8)} ${mtimeMs} ${hash}`;
  });

/** As another process stages it, with a cache of its own. */
function stagedElsewhere(options: InferenceOptions): { folder: string; hash: string } {
  const script = `
    import { stageInference } from ${JSON.stringify(join(root, 'lib/packaging/inference.ts'))};
    console.log(JSON.stringify(stageInference(${JSON.stringify(options)})));`;
  const env = { ...process.env, ONNWARD_STAGING: newFolder() };
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' }),
  ) as { folder: string; hash: string };
}

/** A store of one version, as far as packaging looks at it. */
function bakedStore(text = 'graph'): string {
  const folder = newFolder();
  const version = join(folder, 'models/iris/versions/2');
  mkdirSync(version, { recursive: true });
  writeFileSync(join(version, 'model.onnx'), text);
  writeFileSync(join(version, 'manifest.json'), '{}');
  writeFileSync(join(version, '.claim'), '');
  return folder;
}

describe.each(['arm64', 'x86_64'] as const)('for %s', (architecture) => {
  test('a zip is the handler with the runtime beside it, under the limit of 250 MB by far', () => {
    const { folder } = stageInference({ architecture, packaging: 'zip' });
    const outside = filesBelow(folder).filter((path) => !path.startsWith('node_modules/'));
    expect(outside).toEqual(['handler.mjs', 'licences.txt', 'sbom.cdx.json']);
    expect(bytesOf(folder)).toBeLessThan(60_000_000);
  });

  test('an image has what serves on its own as well, in two layers under 60 MB', () => {
    const { folder } = stageInference({ architecture, packaging: 'image' });
    const outside = filesBelow(folder).filter((path) => !path.startsWith('runtime/node_modules/'));
    const task = ['entrypoint.sh', 'handler.mjs', 'health.mjs', 'licences.txt', 'package.json'];
    expect(outside).toEqual([
      'Dockerfile',
      ...[...task, 'sbom.cdx.json', 'serve.mjs', 'worker.mjs'].map((name) => `task/${name}`),
    ]);
    expect(bytesOf(folder)).toBeLessThan(60_000_000);
  });

  test('nothing native is of another machine', () => {
    const { folder } = stageInference({ architecture, packaging: 'image' });
    const machines = filesBelow(folder).map((path) => machineOf(join(folder, path)));
    expect(machines.filter((machine) => machine !== undefined)).toEqual([architecture, architecture]);
  });
});

describe.each(['zip', 'image'] as const)('a staged %s', (packaging) => {
  test('is the same from another process, to the byte', () => {
    const here = stageInference({ architecture: 'arm64', packaging });
    const there = stagedElsewhere({ architecture: 'arm64', packaging });
    expect(there.hash).toBe(here.hash);
    expect(there.folder).not.toBe(here.folder);
    expect(contentOf(there.folder)).toEqual(contentOf(here.folder));
  });

  test('is another for another machine', () => {
    const [arm, intel] = (['arm64', 'x86_64'] as const).map((architecture) =>
      stageInference({ architecture, packaging }),
    );
    expect(arm?.hash).not.toBe(intel?.hash);
  });

  test('has the models that are baked in where the function looks for them', () => {
    const { folder } = stageInference({ architecture: 'arm64', packaging, baked: bakedStore() });
    expect(BAKED_STORE).toBe('file:/var/task/registry');
    const registry = join(folder, packaging === 'zip' ? 'registry' : 'task/registry');
    expect(filesBelow(registry)).toEqual(['models/iris/versions/2/manifest.json', 'models/iris/versions/2/model.onnx']);
  });

  test('is another for another model, and the same for the same model elsewhere', () => {
    const hashOf = (baked?: string) =>
      stageInference({ architecture: 'arm64', packaging, ...(baked !== undefined && { baked }) }).hash;
    const [first, same, other, none] = [bakedStore(), bakedStore(), bakedStore('another'), undefined].map(hashOf);
    expect(same).toBe(first);
    expect(new Set([first, other, none]).size).toBe(3);
  });
});

test('what is no store is not baked in', () => {
  const baked = newFolder();
  expect(() => stageInference({ architecture: 'arm64', packaging: 'zip', baked })).toThrow(
    expect.objectContaining({ code: 'packaging.not_a_store', fields: { folder: baked } }),
  );
});

describe('the Dockerfile', () => {
  const { folder } = stageInference({ architecture: 'arm64', packaging: 'image' });
  const lines = readFileSync(join(folder, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const ofKind = (instruction: string) => lines.filter((line) => line.startsWith(`${instruction} `));

  test('runs nothing, so that it builds for a machine that this one is not', () => {
    expect(lines.filter((line) => /^\s*(RUN|ADD|ONBUILD)\b/i.test(line))).toEqual([]);
  });

  test("starts from Lambda's own image, or another one that is named", () => {
    expect(lines.slice(0, 2)).toEqual(['ARG BASE_IMAGE=public.ecr.aws/lambda/nodejs:24', 'FROM ${BASE_IMAGE}']);
  });

  test('allows snapshots', () => {
    expect(ofKind('LABEL')).toEqual(['LABEL com.amazonaws.lambda.feature.snapstart="Allow"']);
  });

  test('is not root, by a number that Kubernetes can check', () => {
    expect([ofKind('ARG')[1], ...ofKind('USER')]).toEqual(['ARG RUN_AS=65532', 'USER ${RUN_AS}']);
  });

  test('starts without a shell around it that would keep signals to itself', () => {
    expect(JSON.parse(ofKind('ENTRYPOINT')[0]?.slice('ENTRYPOINT '.length) as string)).toBeInstanceOf(Array);
    const script = readFileSync(join(folder, 'task/entrypoint.sh'), 'utf8');
    expect(script.match(/^.*\b(node|lambda-entrypoint)\b.*$/gm)?.every((line) => line.includes('exec '))).toBe(true);
  });
});
