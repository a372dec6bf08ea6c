import type { Signature } from '../../model/signature.ts';
import type { Tensor } from '../../model/tensor.ts';
import { AnswerReader, type Answers } from '../evaluation/answers.ts';
import type { PredictionPlan } from '../evaluation/prediction.ts';
import { answeredOutputs } from './answer.ts';

/** What one answer predicts, row by row; in the classes of the evaluation. */
export type RowPredictions = Answers & { readonly rows: number };

/** Reads predictions from a version's answers, as its evaluation has read them. */
export class PredictionReader {
  readonly #signature: Signature;
  readonly #plan: PredictionPlan;
  readonly #reader: AnswerReader;

  /** `classes` is how many the evaluation has. */
  constructor(signature: Signature, plan: PredictionPlan, classes: number) {
    this.#signature = signature;
    this.#plan = plan;
    this.#reader = new AnswerReader(plan, classes);
  }

  /** Undefined where the answer lacks the prediction: a client may have asked for other outputs. Never throws. */
  read(body: string): RowPredictions | undefined {
    const outputs = answeredOutputs(body, this.#signature);
    const { output, label, kind, classes } = this.#plan;
    const chosen = outputs[output];
    const rows = chosen?.shape[0];
    if (!chosen || rows === undefined || rows === 0) return undefined;
    const width = kind === 'scores' ? classes.length : 1;
    if (chosen.data.length !== rows * width) return undefined;
    if (label !== undefined && (outputs[label]?.data.length ?? -1) !== rows) return undefined;
    return { ...this.#reader.read(outputs as Tensor[], rows), rows };
  }
}
