import { createReadStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { Registry } from '#core/registry/registry.ts';
import type { LoadOptions } from '#core/ports.ts';
import { fixture } from './models.ts';

const engine = createEngine({ workers: 2 });

/** A registry in a new folder, with what it takes to serve from it. */
export async function newRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'onnward-'));
  const store = await openStore(`file:${join(folder, 'registry')}`);
  const registry = new Registry(store, { clock: Date.now, actor: 'test' });
  const load = versionLoader({ store, engine, cacheFolder: join(folder, 'cache') });
  return { folder, store, registry, load };
}

/** Registers a fixture model as the next version of `name`. */
export async function registerFixture(
  registry: Registry,
  name: string,
  fixtureName: string,
  extra: { serving?: LoadOptions; labels?: Record<string, string[]> } = {},
): Promise<Manifest> {
  const files = fixture(fixtureName);
  const model = await engine.load(files);
  const { signature } = model;
  await model.close();
  const sources = files.files.map((file) => ({
    ...file,
    open: () => createReadStream(join(files.folder, file.path)) as AsyncIterable<Uint8Array>,
  }));
  const draft = { format: 1 as const, graph: files.graph, signature, provenance: { source: 'test' }, ...extra };
  return registry.register(name, { ...draft, sources } as never);
}
