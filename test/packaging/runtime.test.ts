import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { onnxRuntime } from '#packaging/runtime.ts';
import { describe, expect, test } from 'vitest';
import { machineOf } from './elf.ts';

const installed = JSON.parse(
  readFileSync(new URL('../../node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8'),
) as { version: string };

describe.each(['arm64', 'x86_64'] as const)('ONNX Runtime for %s', (architecture) => {
  const { files, inputs, packages } = onnxRuntime(architecture);

  test('has the CPU library and its binding, of this machine and no other', () => {
    const native = files.map(({ from }) => from as string).filter((path) => machineOf(path) !== undefined);
    expect(native.map((path) => basename(path)).sort()).toEqual(['libonnxruntime.so.1', 'onnxruntime_binding.node']);
    expect(native.map(machineOf)).toEqual([architecture, architecture]);
  });

  test('has no code but what it runs', () => {
    const kinds = new Set(files.map(({ path }) => extname(path)));
    expect([...kinds].sort()).toEqual(['.1', '.js', '.json', '.node']);
  });

  test('is under 50 MB, where the package has 288', () => {
    const bytes = files.reduce((sum, { from }) => sum + readFileSync(from as string).byteLength, 0);
    expect(bytes).toBeGreaterThan(20e6);
    expect(bytes).toBeLessThan(50e6);
  });

  test('names every file by its content', () => {
    expect([...inputs.keys()].sort()).toEqual(files.map(({ path }) => path).sort());
    for (const hash of inputs.values()) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is the version that is installed', () => {
    expect(packages.map(({ name, version }) => `${name}@${version}`)).toEqual([
      `onnxruntime-node@${installed.version}`,
      `onnxruntime-common@${installed.version}`,
    ]);
  });
});

test('an architecture whose library is not installed is refused, with the way to it', () => {
  expect(() => onnxRuntime('riscv64' as never)).toThrow(
    expect.objectContaining({ code: 'packaging.no_runtime', fix: expect.stringContaining('npm ci') }),
  );
});
