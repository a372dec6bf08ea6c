import { createEngine } from '#adapters/onnx/engine.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const linesOf = (path: string): string[] => readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n');

/** Real digits of 8x8 pixels: one heading, rows to learn from, and rows that are held out. */
export const [HEADING = '', ...TRAINING] = linesOf('trainers/data/digits/train.csv');
export const HELDOUT = linesOf('examples/digits/heldout.csv').slice(1);

export const digitOf = (line: string): number => Number(line.slice(line.lastIndexOf(',') + 1));

/** The first rows of each digit, so many. */
export function fewOfEach(lines: readonly string[], count: number): string[] {
  const seen = new Map<number, number>();
  return lines.filter((line) => {
    const before = seen.get(digitOf(line)) ?? 0;
    seen.set(digitOf(line), before + 1);
    return before < count;
  });
}

/** Share of the rows whose digit a model names, by the runtime that serves it. */
export async function accuracyOn(folder: string, lines: readonly string[]): Promise<number> {
  const names = readFileSync(join(folder, 'labels.txt'), 'utf8').trimEnd().split('\n');
  const model = await createEngine({ workers: 0 }).load({ folder, graph: 'model.onnx', files: [], verified: true });
  try {
    let right = 0;
    for (const line of lines) {
      const data = Float32Array.from(line.split(',').slice(0, -1), Number);
      const [probabilities] = await model.infer([{ datatype: 'FP32', shape: [1, 8, 8, 1], data }]);
      const scores = [...(probabilities as { data: Float32Array }).data];
      if (Number(names[scores.indexOf(Math.max(...scores))]) === digitOf(line)) right++;
    }
    return right / lines.length;
  } finally {
    await model.close();
  }
}
