import { createEngine } from '#adapters/onnx/engine.ts';
import { readGolden } from '#core/training/golden.ts';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';

export interface ExportDifference {
  readonly questions: number;
  /** The largest of all answers. */
  readonly absolute: number;
  readonly relative: number;
}

/** Asks an exported model of `folder` what its framework was asked, in the runtime that serves it, and compares. */
export async function exportDifference(folder: string): Promise<ExportDifference> {
  const model = await createEngine({ workers: 0 }).load({ folder, graph: 'model.onnx', files: [], verified: true });
  try {
    const lines = readGolden(readFileSync(join(folder, 'golden.jsonl'), 'utf8'), model.signature);
    let [absolute, relative] = [0, 0];
    for (const { question, answers } of lines) {
      const [{ data, shape }] = (JSON.parse(question) as { inputs: [{ data: number[]; shape: number[] }] }).inputs;
      const [answer] = await model.infer([{ datatype: 'FP32', shape, data: Float32Array.from(data) }]);
      const [got, want] = [Number(answer?.data[0]), Number(answers.get('prediction')?.data[0])];
      absolute = Math.max(absolute, Math.abs(got - want));
      relative = Math.max(relative, Math.abs(got - want) / Math.abs(want));
    }
    return { questions: lines.length, absolute, relative };
  } finally {
    await model.close();
  }
}
