import { createHash } from 'node:crypto';
import type { ObjectStore } from '../ports.ts';
import { outPrefix } from './keys.ts';
import type { BatchManifest, BatchPlan, ScoringInput, WrittenPart } from './plan.ts';

/** One `<input>.out` for each input, with a line for each of its rows: its parts, one behind the other. */
export async function putTogether(
  store: ObjectStore,
  plan: BatchPlan,
  manifest: BatchManifest,
): Promise<WrittenPart[]> {
  const names = namesOf(plan.inputs);
  const outputs: WrittenPart[] = [];
  for (const [input, name] of names.entries()) {
    const parts = manifest.parts.filter((part) => part.input === input);
    const key = `${outPrefix(plan.model.name, plan.job)}${name}.out`;
    outputs.push(await concatenate(store, key, parts));
  }
  return outputs;
}

async function concatenate(store: ObjectStore, key: string, parts: readonly WrittenPart[]): Promise<WrittenPart> {
  const hash = createHash('sha256');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  async function* bytes(): AsyncIterable<Uint8Array> {
    for (const part of parts) {
      for await (const chunk of store.read(part.key)) {
        hash.update(chunk);
        yield chunk;
      }
    }
  }
  await store.write(key, bytes(), size);
  return { key, size, sha256: hash.digest('hex') };
}

/** Paths below the folder that all inputs have in common; with a number before it where that is another one's already. */
function namesOf(inputs: readonly ScoringInput[]): string[] {
  const common = commonFolder(inputs.map(({ key }) => key));
  const taken = new Set<string>();
  return inputs.map(({ key }, index) => {
    const path = key.slice(common.length).replace(/\/$/, '') || 'objects';
    let name = path;
    for (let number = index; taken.has(name); number++) name = `${number}/${path}`;
    taken.add(name);
    return name;
  });
}

function commonFolder([first = '', ...more]: readonly string[]): string {
  let length = first.lastIndexOf('/', first.length - 2) + 1;
  for (const key of more) {
    while (!key.startsWith(first.slice(0, length))) length = first.lastIndexOf('/', length - 2) + 1;
  }
  return first.slice(0, length);
}
