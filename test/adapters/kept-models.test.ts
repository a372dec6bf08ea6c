import { expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import { keepModels } from '#adapters/kept-models.ts';
import { echoModel, ECHOES } from '../contracts/echo-model.ts';

const manifest = (name: string, version: number) => ({ name, version }) as Manifest;

function counting() {
  const seen: string[] = [];
  const load = async ({ name, version }: Manifest): Promise<LoadedModel> => {
    seen.push(`load ${name}:${version}`);
    if (name === 'broken' && seen.length === 1) throw new Error('it cannot be loaded');
    const close = async () => void seen.push(`close ${name}:${version}`);
    return { ...echoModel(ECHOES['identity_fp32']!), close };
  };
  return { seen, model: keepModels(load) };
}

test('a version is loaded once, for as long as it is the one that is asked for', async () => {
  const { seen, model } = counting();
  const [first, second] = await Promise.all([model(manifest('a', 1)), model(manifest('a', 1))]);
  expect(second).toBe(first);
  await model(manifest('a', 2));
  expect(seen).toEqual(['load a:1', 'load a:2', 'close a:1']);
  await model(manifest('a', 1));
  expect(seen).toEqual(['load a:1', 'load a:2', 'close a:1', 'load a:1', 'close a:2']);
});

test('one that could not be loaded is tried again', async () => {
  const { seen, model } = counting();
  await expect(model(manifest('broken', 1))).rejects.toThrow('cannot be loaded');
  expect(await model(manifest('broken', 1))).toBeDefined();
  expect(seen).toEqual(['load broken:1', 'load broken:1']);
});
