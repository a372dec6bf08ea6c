import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { keepModels } from '#adapters/kept-models.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { EvaluationWorld } from '#core/release/evaluation/compare.ts';
import { loaderOf } from './serving.ts';
import type { Workplace } from './registry.ts';

/** What an evaluation in this very process stands on: one thread, two versions in memory. */
export const evaluationWorld = (workplace: Workplace): EvaluationWorld => ({
  store: workplace.store,
  formats: formats(workplace.store),
  inputs: keepInputs(),
  model: keepModels(loaderOf(workplace, createEngine({ workers: 0 })), 2),
  now: () => performance.now(),
  concurrency: 1,
});
