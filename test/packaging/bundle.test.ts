import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { bundle } from '#packaging/bundle.ts';
import { root } from '#packaging/root.ts';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';

/** A file of these lines, by its absolute path. */
function source(name: string, ...lines: string[]): string {
  const path = join(newFolder(), name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

describe('a bundle', () => {
  const { files, sources, packages } = bundle({ handler: 'functions/inference/handler.ts' });
  const text = Buffer.from(files[0]?.from as Uint8Array).toString();

  test('is one file by the name that it was asked for', () => {
    expect(files.map(({ path }) => path)).toEqual(['handler.mjs']);
  });

  test('leaves ONNX Runtime outside, and nothing else that Node lacks', () => {
    const statements = text.matchAll(/(?:^|[;}])(?:import|export)[^;"'()]*"([^"./][^"]*)"/gm);
    const imported = Array.from(statements, ([, name]) => name as string);
    const foreign = new Set(imported.filter((name) => !isBuiltin(name)));
    expect([...foreign]).toEqual([]);
    // Asked for at run time, by a name that depends on the machine.
    expect(text).toContain('onnxruntime-node/bin/napi-v6/');
  });

  test('does not tell where it was made', () => {
    expect(text).not.toContain(root);
  });

  test('knows what it was made from', () => {
    expect(sources).toContain('functions/inference/handler.ts');
    expect(sources).toContain('lib/core/errors.ts');
    expect(sources).toContain('node_modules/hono/package.json');
    expect(packages.map(({ name }) => name)).toContain('hono');
  });

  test('of the same sources is the same', () => {
    const again = bundle({ handler: 'functions/inference/handler.ts' });
    expect(Buffer.compare(again.files[0]?.from as Uint8Array, files[0]?.from as Uint8Array)).toBe(0);
  });
});

test('what reaches for a package of CDK is seen to hold it', () => {
  const entry = source('reach.mjs', `export * from '${join(root, 'node_modules/constructs/lib/index.js')}';`);
  const { sources, packages } = bundle({ main: entry });
  expect(sources).toContain('node_modules/constructs/lib/construct.js');
  expect(packages.map(({ name }) => name)).toEqual(['constructs']);
});

test('CommonJS that asks for a module at run time finds it', () => {
  const entry = source('old.cjs', "const name = 'node:os';", 'console.log(typeof require(name).tmpdir);');
  const plain = source('new.mjs', "import { tmpdir } from 'node:os';", 'console.log(typeof tmpdir);');
  for (const path of [entry, plain]) {
    const [file] = bundle({ main: path }).files;
    const text = Buffer.from(file?.from as Uint8Array).toString();
    expect(text.includes('createRequireHere')).toBe(path === entry);
    const script = source('main.mjs', text);
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' })).toBe('function\n');
  }
});

test('a source that does not compile is named with its line', () => {
  const entry = source('broken.ts', 'const a = 1;', 'export const b = ;');
  expect(() => bundle({ main: entry })).toThrow(/broken\.ts:2: Unexpected ";"/);
});

test('a module that is not there is named', () => {
  const entry = source('lost.ts', "import 'no-such-package';");
  expect(() => bundle({ main: entry })).toThrow(
    expect.objectContaining({
      code: 'packaging.bundle',
      message: expect.stringContaining('lost.ts:1: Could not resolve "no-such-package"'),
    }),
  );
});
