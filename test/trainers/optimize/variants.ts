import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Tensor } from '#core/model/tensor.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { environmentOf, Job, pythonOf } from './job.ts';

/** `variants.json`, as the trainer writes it. */
export interface VariantsFile {
  readonly original: { readonly bytes: number; readonly gzip_bytes: number };
  readonly variants: readonly {
    readonly name: string;
    readonly method: string;
    readonly path: string;
    readonly bytes: number;
    readonly gzip_bytes: number;
    readonly note: string;
    readonly settings: Readonly<Record<string, unknown>>;
  }[];
  readonly left_out: readonly { readonly method: string; readonly reason: string }[];
  readonly provenance: { readonly model: { readonly sha256: string }; readonly calibration: { rows: number } | null };
}

export const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures', `${name}.onnx`);
export const example = (path: string): string => join(import.meta.dirname, '../../../examples', path);

/** A graph of somebody else's package. */
export const packaged = (path: string): string => join(environmentOf('optimize'), 'models', path);

/** A job that makes variants of a graph, with rows to calibrate on. */
export function variantsOf(
  graph: string,
  rows: readonly object[] = [],
  hyperparameters: Readonly<Record<string, string>> = {},
): Job {
  const job = new Job('optimize').channel('model', graph).hyperparameters(hyperparameters);
  const text = rows.map((inputs) => `${JSON.stringify({ inputs })}\n`).join('');
  return rows.length === 0 ? job : job.channel('calibration', { name: 'calibration.jsonl', text });
}

/** Throws where it has left none. */
export const leftBy = (job: Job): VariantsFile => JSON.parse(job.text('variants.json')) as VariantsFile;

/** What is in a graph, as the tools for it in Python read it. */
export interface Look {
  readonly operators: Readonly<Record<string, number>>;
  readonly external: boolean;
  readonly tensors: readonly {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly number[];
    readonly zeros: number;
    readonly least: number;
    readonly most: number;
  }[];
}

export const lookInto = (path: string): Look => JSON.parse(python(['look.py', path])) as Look;

/** Runs a script of this folder in the environment of the trainer. */
export function python([script = '', ...rest]: readonly string[]): string {
  return execFileSync(pythonOf('optimize'), [join(import.meta.dirname, script), ...rest], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  });
}

/** Opens a graph in the runtime that serves it, asks it, and says what it takes and gives. */
export async function serve(folder: string, graph: string, questions: readonly (readonly Tensor[])[] = []) {
  const model = await createEngine({ workers: 0 }).load({ folder, graph, files: [], verified: true });
  try {
    const answers = [];
    for (const question of questions) answers.push(await model.infer(question));
    return { signature: model.signature, answers };
  } finally {
    await model.close();
  }
}
