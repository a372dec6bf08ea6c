import { createHash } from 'node:crypto';
import { invalid, type OnnwardError } from '../errors.ts';
import { checkKey } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { outPrefix } from './keys.ts';
import type { Task } from './measure.ts';
import type { BatchManifest, BatchPlan, ScoringInput, WrittenPart } from './plan.ts';
import type { BatchWorld } from './world.ts';

/** One `<input>.out` for each input, with a line for each of its rows: its parts, one behind the other. */
export async function putTogether(
  store: ObjectStore,
  plan: BatchPlan,
  manifest: BatchManifest,
): Promise<WrittenPart[]> {
  const outputs: WrittenPart[] = [];
  for (const [input, key] of keysOf(plan.model.name, plan.job, plan.inputs).entries()) {
    const parts = manifest.parts.filter((part) => part.input === input);
    outputs.push(await concatenate(store, key, parts));
  }
  return outputs;
}

/** Bytes that are copied within a bucket in a second, at least. */
const BYTES_A_SECOND = 40e6;
/** Of a worker's time: it counts, too. */
const SAFE_SHARE = 2 / 3;

/** Throws `batch.layout` where outputs cannot be put together: a store takes no key of that name, or `bytes` take too long. */
export function checkPutTogether(
  { price: { limitSeconds } }: Pick<BatchWorld, 'price'>,
  { manifest, job, inputs }: Pick<Task, 'manifest' | 'job' | 'inputs'>,
  bytes: number,
): void {
  for (const key of keysOf(manifest.name, job, inputs)) checkName(key);
  const seconds = Math.ceil(bytes / BYTES_A_SECOND);
  if (limitSeconds === undefined || seconds <= limitSeconds * SAFE_SHARE) return;
  throw refusal(`To put the outputs together takes ${seconds} s about, and a worker has ${limitSeconds} s.`);
}

function checkName(key: string): void {
  try {
    checkKey(key);
  } catch (error) {
    throw refusal(`An output cannot be called as its input is: ${error instanceof Error ? error.message : ''}`);
  }
}

const refusal = (message: string): OnnwardError =>
  invalid('batch.layout', message, {
    fix: "Leave out the layout 'sagemaker', or score a part of the inputs at a time.",
  });

const keysOf = (model: string, job: string, inputs: readonly ScoringInput[]): string[] =>
  namesOf(inputs).map((name) => `${outPrefix(model, job)}${name}.out`);

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
