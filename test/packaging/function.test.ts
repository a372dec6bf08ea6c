import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stageFunction } from '#packaging/function.ts';
import { filesBelow } from '#packaging/files.ts';
import { root } from '#packaging/root.ts';
import { describe, expect, test } from 'vitest';

/** Some are packaged in ways of their own: as an image, and in parts. */
const OTHERS = ['inference', 'release', 'training'];
const names = readdirSync(join(root, 'functions')).filter((name) => !OTHERS.includes(name));

describe.each(names)('the function %s', (name) => {
  const { folder, hash } = stageFunction(name);

  test('is a handler and the licences of what is in it', () => {
    expect(filesBelow(folder)).toEqual(['handler.mjs', 'licences.txt']);
    expect(readFileSync(join(folder, 'handler.mjs')).byteLength).toBeLessThan(1_000_000);
  });

  test('is staged once', () => {
    expect(stageFunction(name)).toEqual({ folder, hash });
  });

  test('has what Lambda calls', async () => {
    const module = (await import(pathToFileURL(join(folder, 'handler.mjs')).href)) as { handler?: unknown };
    expect(module.handler).toBeTypeOf('function');
  });
});

test('a function that there is not is refused with those there are', () => {
  expect(() => stageFunction('nope')).toThrow(
    expect.objectContaining({ code: 'packaging.no_function', message: expect.stringContaining('inference') }),
  );
});
