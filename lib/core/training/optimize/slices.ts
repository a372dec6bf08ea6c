import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { selectRows, sliceIndices } from '../../evaluation/slices.ts';
import { DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { DEFAULT_MINIMUM_SHARE } from '../../release/gates/no-slice-worse.ts';
import { counted } from '../../release/gates/sentences.ts';
import type { GuardAnswer } from './document.ts';
import { judgeQuality } from './quality.ts';

interface Slice {
  readonly name: string;
  readonly rows: EvaluatedRows;
}

/**
 * Every slice has to pass, each at the whole alpha, as of the gate `noSliceWorse`; one alone is said to fail where it does so
 * at alpha divided by the number of slices. Slices with less than a hundredth of the rows are passed over.
 */
export function judgeSlices(rows: EvaluatedRows, margin: number): GuardAnswer {
  const slices = slicesOf(rows).filter((slice) => slice.rows.count >= DEFAULT_MINIMUM_SHARE * rows.count);
  if (slices.length === 0) {
    return { guard: 'slices', verdict: 'inconclusive', sentence: 'No slice is large enough to be judged.' };
  }
  const judged = slices.map((slice) => ({ name: slice.name, answer: judge(slice, margin, slices.length) }));
  const worst =
    judged.find(({ answer }) => answer.verdict === 'fail') ??
    judged.find(({ answer }) => answer.verdict === 'inconclusive');
  if (!worst) return { guard: 'slices', verdict: 'pass', sentence: `All of ${counted(judged.length, 'slice')} pass.` };
  const { name, answer } = worst;
  return { guard: 'slices', verdict: answer.verdict, sentence: `${name}: ${answer.sentence}` };
}

const slicesOf = (rows: EvaluatedRows): Slice[] =>
  Object.entries(rows.slices).flatMap(([column, slices]) => {
    const indices = sliceIndices(slices);
    return slices.values.map((value, index) => ({
      name: `${column} ${value}`,
      rows: selectRows(rows, indices[index] as Uint32Array),
    }));
  });

function judge({ rows }: Slice, margin: number, slices: number): GuardAnswer {
  const { answer } = judgeQuality(rows, margin);
  if (answer.verdict !== 'fail' || slices === 1) return answer;
  const { answer: corrected } = judgeQuality(rows, margin, DEFAULT_ALPHA / slices);
  return corrected.verdict === 'fail' ? answer : { ...answer, verdict: 'inconclusive' };
}
