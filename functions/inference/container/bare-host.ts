import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { openArtifact } from '#adapters/local/artifact.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { checkName } from '#core/model/reference.ts';
import type { Engine } from '#core/ports.ts';
import type { Host, IndexEntry, ServedModel } from '#serving/host.ts';
import { modelNotFound, notLoaded, versionNotFound } from '#serving/not-served.ts';

const VERSION = 1;
const UNTOLD = 'model';

/**
 * Serves the one .onnx file of a folder as version 1 of a model, with no registry: as other servers of ONNX take it from
 * SageMaker. Nothing is known of it but what the graph says.
 */
export class BareHost implements Host {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #name: string;
  #served: ServedModel | undefined;

  /** Throws `reference.invalid` for a name that no model can have. */
  constructor(folder: string, engine: Engine, name: string | undefined) {
    this.#folder = folder;
    this.#engine = engine;
    this.#name = checkName(name ?? UNTOLD);
  }

  get ready(): boolean {
    return this.#served !== undefined;
  }

  /** Throws `artifact.*`, and what the engine throws. */
  async start(): Promise<void> {
    const { folder, graph } = await openArtifact(await graphOf(this.#folder));
    const model = await this.#engine.load({ folder, graph, files: [] });
    const manifest = manifestOf(this.#name, graph, structuredClone(model.signature) as Manifest['signature']);
    this.#served = { name: this.#name, version: VERSION, manifest, model };
  }

  find(name: string, version?: string): ServedModel {
    if (name !== this.#name) throw modelNotFound(name, [this.#name]);
    if (!this.#served) throw notLoaded(name, undefined);
    if (version !== undefined && version !== String(VERSION)) throw versionNotFound(name, version, [VERSION]);
    return this.#served;
  }

  index(): readonly IndexEntry[] {
    return [{ name: this.#name, version: String(VERSION), state: this.ready ? 'READY' : 'LOADING', reason: '' }];
  }

  async close(): Promise<void> {
    await this.#served?.model.close();
  }
}

/** The one graph, whatever lies beside it: archives bring notes and code along. Else the folder, for openArtifact to refuse. */
async function graphOf(folder: string): Promise<string> {
  const names = await readdir(folder);
  const graphs = names.filter((name) => !name.startsWith('.') && parse(name).ext.toLowerCase() === '.onnx');
  return graphs.length === 1 ? join(folder, graphs[0] as string) : folder;
}

const manifestOf = (name: string, graph: string, signature: Manifest['signature']): Manifest => ({
  format: 1,
  name,
  version: VERSION,
  createdAt: new Date(0).toISOString(),
  graph,
  files: [],
  signature,
  provenance: {},
});
