import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '#packaging/files.ts';
import { stageTrainingImage } from '#packaging/training-image.ts';
import { describe, expect, test } from 'vitest';
import { machineOf } from './elf.ts';

const { folder, hash } = stageTrainingImage();

describe('the image around a trainer', () => {
  test('is what its two commands take, and nothing native', () => {
    const files = filesBelow(folder);
    expect(files).toEqual(
      expect.arrayContaining(['Dockerfile', 'task/main.mjs', 'task/licences.txt', 'task/sbom.cdx.json']),
    );
    expect(files.filter((path) => machineOf(join(folder, path)) !== undefined)).toEqual([]);
    expect(stageTrainingImage()).toEqual({ folder, hash });
  });

  test('adds less than a megabyte to its base', () => {
    const code = filesBelow(folder).filter((path) => path.endsWith('.mjs'));
    expect(code.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)).toBeLessThan(1_000_000);
  });

  test('says which packages are in it', () => {
    const bill = JSON.parse(readFileSync(join(folder, 'task/sbom.cdx.json'), 'utf8')) as {
      components: { name: string }[];
    };
    const names = bill.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', '@aws-sdk/client-cloudwatch-logs']));
    expect(names).not.toContain('onnxruntime-node');
  });

  test('runs without anything beside it', () => {
    const run = (command: string) => {
      try {
        execFileSync(process.execPath, [join(folder, 'task/main.mjs'), command], {
          env: {},
          encoding: 'utf8',
          stdio: 'pipe',
        });
        return 'it ended well';
      } catch (error) {
        return (error as { stderr: string }).stderr;
      }
    };
    expect(run('fetch')).toMatch(/^error: the container lacks ONNWARD_STORE .*\(training\.unconfigured\)\n$/);
    expect(run('agent')).toMatch(/^error: the container lacks ECS_CONTAINER_METADATA_URI_V4/);
    expect(run('train')).toBe("error: 'train' is none of the commands fetch, agent\n");
  });
});

describe('its Dockerfile', () => {
  const lines = readFileSync(join(folder, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));

  test('runs nothing, so that it builds for a machine that this one is not', () => {
    expect(lines.filter((line) => /^\s*(RUN|ADD|ONBUILD)\b/i.test(line))).toEqual([]);
  });

  test("starts from Lambda's own image, or another one that is named", () => {
    expect(lines.slice(0, 2)).toEqual(['ARG BASE_IMAGE=public.ecr.aws/lambda/nodejs:24', 'FROM ${BASE_IMAGE}']);
  });

  test('has node hear the signals', () => {
    expect(lines.slice(-2)).toEqual(['ENTRYPOINT ["node", "/var/task/main.mjs"]', 'CMD ["agent"]']);
  });
});
