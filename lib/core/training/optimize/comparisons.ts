import type { Manifest } from '../../model/manifest.ts';
import { DATATYPES } from '../../model/datatypes.ts';
import type { Tensor } from '../../model/tensor.ts';
import { knownOutputs, type KnownOutput } from '../../release/evaluation/outputs.ts';
import type { PredictionPlan } from '../../release/evaluation/prediction.ts';

/** How it is told whether two answers of an output are the same. */
export interface Comparison {
  readonly output: string;
  /** In the signature. */
  readonly index: number;
  readonly same: 'class' | 'near' | 'exact';
  /** Of a lone score: from there on it is the second of two classes. @default - the largest of several is the class */
  readonly threshold?: number;
  /** Numbers of a row whose spread is looked at one by one; 1: all of them together. */
  readonly columns: number;
}

const PROBABILITY = /prob/i;
/** Of more, as of a picture, no number stands for something by itself. */
const MOST_COLUMNS = 4096;

/** One for each output; `sample` is what came of some rows, `prediction` how the outputs are read where their truth is known. */
export const comparisonsOf = (
  manifest: Manifest,
  sample: readonly Tensor[],
  prediction: PredictionPlan | undefined,
): Comparison[] =>
  knownOutputs(manifest, sample).map((known) => {
    const { name: output, index, role, width } = known;
    const isFloat = DATATYPES[manifest.signature.outputs[index]!.datatype].family === 'float';
    const columns = role !== 'none' && width > 0 && width <= MOST_COLUMNS ? width : 1;
    if (!isFloat) return { output, index, same: 'exact', columns };
    if (!isOfClasses(known, prediction)) return { output, index, same: 'near', columns };
    const isLogit = prediction?.output === index && prediction.logits;
    return { output, index, same: 'class', columns, ...(role === 'number' && { threshold: isLogit ? 0 : 0.5 }) };
  });

function isOfClasses({ index, name, role, labels }: KnownOutput, prediction: PredictionPlan | undefined): boolean {
  if (role !== 'numbers' && role !== 'number') return false;
  if (prediction?.output === index) return prediction.kind === 'scores' || prediction.kind === 'probability';
  return labels !== undefined || PROBABILITY.test(name);
}
