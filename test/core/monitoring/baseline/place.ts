import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { makeBaseline } from '#core/monitoring/baseline/make-baseline.ts';
import { readBaseline } from '#core/monitoring/baseline/read-baseline.ts';
import type { BaselineModel, BaselineOptions, BaselineWorld } from '#core/monitoring/baseline/request.ts';
import type { BaselineProfile } from '#core/monitoring/baseline/write-baseline.ts';
import { MemoryStore } from '#core/release/evaluation/memory-store.ts';
import { newFolder } from '../../../support/folders.ts';

const EXAMPLES = fileURLToPath(new URL('../../../../examples/', import.meta.url));
const engine = createEngine({ workers: 0 });

export const example = (name: string) => ({ folder: join(EXAMPLES, name), graph: 'model.onnx', files: [] });

/** An example model with its labels, open. */
export async function openModel(name: 'iris' | 'digits'): Promise<BaselineModel> {
  const model = await engine.load(example(name));
  const { signature } = model;
  const names = readFileSync(join(EXAMPLES, name, 'labels.txt'), 'utf8')
    .trim()
    .split('\n');
  return { name, signature, model, labels: { label: names, probabilities: names } };
}

export const heldOut = (name: string): string => join(EXAMPLES, name, 'heldout.csv');

export interface Place extends BaselineWorld {
  readonly store: MemoryStore;
}

export function newPlace(more: Partial<BaselineWorld> = {}): Place {
  const store = new MemoryStore('memory:');
  return { formats: formats(store), inputs: keepInputs(), now: () => performance.now(), ...more, store };
}

/** Writes rows where a baseline is read from. */
export function rowsFile(text: string, name = 'baseline.csv'): string {
  const path = join(newFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Makes it and reads it again. */
export async function made(model: BaselineModel, options: BaselineOptions, place = newPlace()) {
  const said: BaselineProfile = await makeBaseline(place, model, options);
  const baseline = await readBaseline(place.store, { name: model.name, version: 1, baseline: { profile: said } });
  return { said, profile: baseline!.profile };
}
