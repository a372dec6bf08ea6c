import { describe, expect, test } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { hostOf, loadPinned } from '../../../functions/inference/pinned.ts';
import { newFolder } from '../../support/folders.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { watched } from '../../support/stores.ts';

const engine = createEngine({ workers: 0 });

async function loaded(version = 1) {
  const { registry, store } = await newRegistry();
  await registerFixture(registry, 'echo', 'identity_fp32');
  const calls: string[] = [];
  const remote = watched(store, (verb, key) => void calls.push(`${verb} ${key.split('/').at(-1)}`));
  const load = versionLoader({ store: remote, engine, cacheFolder: newFolder() });
  return { calls, served: await loadPinned(remote, { name: 'echo', version }, load) };
}

test('a version is found by two reads: its manifest, its file', async () => {
  const { calls, served } = await loaded();
  expect(calls).toEqual(['get manifest.json', expect.stringMatching(/^read .*\.onnx$/)]);
  expect(served).toMatchObject({ name: 'echo', version: 1, manifest: { version: 1 } });
});

test('a version that is not there is named, and its store is not', async () => {
  await expect(loaded(7)).rejects.toMatchObject({
    code: 'version.not_found',
    message: 'There is no echo:7 in the registry.',
    fields: { name: 'echo', version: 7 },
  });
});

describe('the host of a pinned version', async () => {
  const { served } = await loaded();
  const host = hostOf(served);

  test.each([undefined, 'live', '1'])('serves it as %s', (version) => expect(host.find('echo', version)).toBe(served));

  test.each(['2', 'candidate', '01'])('serves nothing as %s, and names what it serves', (version) => {
    expect(() => host.find('echo', version)).toThrow(/is not served here; served: 1/);
  });

  test('serves no other model', () => {
    expect(() => host.find('iris')).toThrow(/no model 'iris' is served here; there are: echo/);
  });

  test('has one line in the index, and is ready', () => {
    expect(host.index()).toEqual([{ name: 'echo', version: '1', state: 'READY', reason: '' }]);
    expect(host.ready).toBe(true);
  });
});
