import { OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { Host, ServedModel } from '#serving/host.ts';
import { ECHOES } from './echo-model.ts';

/** The version that each model of the contract has, `live` and the only one. */
export const VERSION = 3;
export const LABELS = ['setosa', 'versicolor', 'virginica'];

/**
 * The host that the contract of the doors is written against: a model for each fixture of `ECHOES`, by that name, and
 * `loading`, which is not ready. `load` gives the model for a fixture, in memory or from its ONNX file.
 */
export async function contractHost(load: (fixture: string) => Promise<LoadedModel>): Promise<Host> {
  const models = new Map<string, ServedModel>();
  for (const name of Object.keys(ECHOES)) models.set(name, served(name, await load(name)));
  return {
    ready: true,
    find(name, version) {
      if (name === 'loading')
        throw new OnnwardError('it is being loaded', { code: 'model.loading', kind: 'unavailable' });
      const model = models.get(name);
      if (!model) throw new OnnwardError('no such model', { code: 'model.not_found', kind: 'not-found' });
      if (version === undefined || version === 'live' || version === String(VERSION)) return model;
      const message = `no such version, live is ${VERSION}`;
      throw new OnnwardError(message, { code: 'version.not_found', kind: 'not-found' });
    },
    index: () => [
      ...Array.from(models.keys(), (name) => ({ name, version: String(VERSION), state: 'READY' as const, reason: '' })),
      { name: 'loading', version: '1', state: 'LOADING', reason: 'it is being loaded' },
    ],
  };
}

function served(name: string, model: LoadedModel): ServedModel {
  const manifest: Manifest = {
    format: 1,
    name,
    version: VERSION,
    createdAt: '2026-01-01T00:00:00Z',
    graph: `${name}.onnx`,
    files: [{ path: `${name}.onnx`, sha256: '0'.repeat(64), size: 1 }],
    signature: structuredClone(model.signature) as Manifest['signature'],
    provenance: {},
    labels: { y: LABELS },
  };
  return { name, version: VERSION, manifest, model };
}
