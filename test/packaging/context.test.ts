import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stageInference } from '#packaging/inference.ts';
import { root } from '#packaging/root.ts';
import { expect, test } from 'vitest';

function context(...args: string[]) {
  const command = [join(root, 'lib/packaging/context.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('prints the folder alone, for another command to take, and its bytes beside it', () => {
  const { folder } = stageInference({ packaging: 'image', architecture: 'arm64' });
  const { status, stdout, stderr } = context('image', 'arm64');
  expect([status, stdout]).toEqual([0, `${folder}\n`]);
  const bytes = Array.from(stderr.matchAll(/^ *(\d+) {2}/gm), ([, count]) => Number(count));
  const [all, ...parts] = bytes.reverse() as [number, ...number[]];
  expect(parts.reduce((sum, each) => sum + each, 0)).toBe(all);
  expect(stderr).toContain('arm64/libonnxruntime.so.1\n');
});

test.each([
  [[], 'packaging is undefined'],
  [['tar', 'arm64'], 'packaging is "tar"'],
  [['zip', 'x64'], 'architecture is "x64"'],
  [['zip', 'arm64', '/nonexistent'], '/nonexistent is to be baked in'],
])('refuses %j, in a line', (args, message) => {
  const { status, stdout, stderr } = context(...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(new RegExp(`^error: ${message}[^\n]*\n$`));
});
