import { expect } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import { asker, hostOf } from './asked.ts';
import type { ShapCase } from './shap-cases.ts';

const engine = createEngine({ workers: 0 });

/** Of a value of one output: a model with classes has one a class. */
const ofClass = (value: number | readonly number[], output: number): number =>
  typeof value === 'number' ? value : value[output]!;

/** Asks as a client does, and holds every value of every class to shap's. */
export async function expectAsShap(given: ShapCase, folder: string): Promise<void> {
  const model = await engine.load({ folder, graph: given.model, files: [] });
  const { background, parameters, expected, sampled } = given;
  const ask = asker(hostOf(model, { task: 'classification' }));
  const { status, body } = await ask({
    instances: given.rows,
    parameters: { outputs: 'all', background, ...parameters },
  });
  expect(status, body.error).toBe(200);
  const far: number[] = [];
  for (const [row, { outputs }] of body.explanations.entries()) {
    for (const [output, { base, contributions }] of outputs.entries()) {
      const truth = expected[row]!.map((value) => ofClass(value, output));
      const scale = Math.max(...truth.map(Math.abs), Math.abs(base), 1e-3) * (given.tolerance ?? 1e-6);
      expect(Math.abs(base - ofClass(given.base, output))).toBeLessThan(Math.max(scale, 1e-6));
      for (const [feature, { contribution, error }] of contributions.entries()) {
        const off = Math.abs(contribution - truth[feature]!);
        // What makes a difference once in a thousand coalitions is drawn by none of some hundreds, and has no error to tell.
        if (sampled) far.push(off / Math.max(error, 1e-3 * Math.max(...truth.map(Math.abs))));
        else expect(off, `row ${row}, output ${output}, feature ${feature}`).toBeLessThan(scale);
      }
    }
  }
  if (sampled) expectWithinErrors(far);
}

/** Of many values some lie further off by chance: of a hundred three at most beyond three standard errors, and none beyond six. */
function expectWithinErrors(far: readonly number[]): void {
  const beyond = far.filter((errors) => errors > 3).length / far.length;
  expect(beyond, 'share of the values beyond three standard errors').toBeLessThanOrEqual(0.03);
  expect(Math.max(...far), 'the furthest').toBeLessThan(6);
  expect(
    far.some((errors) => errors > 0.1),
    'they are drawn',
  ).toBe(true);
}
