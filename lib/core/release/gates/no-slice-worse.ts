import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { selectRows, sliceIndices } from '../../evaluation/slices.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive, NO_CHAMPION } from './answer.ts';
import { above, finite } from './bounds.ts';
import { compare, type Compared } from './compared.ts';
import type { Gate } from './options.ts';
import { confidence, counted, few, noLessThan, noMoreThan, percent, worse } from './sentences.ts';

export const DEFAULT_SLICE_MARGIN = 0.1;
export const DEFAULT_MINIMUM_SHARE = 0.01;

/** The rows of one value of one column. */
interface Slice {
  readonly name: string;
  readonly rows: EvaluatedRows;
}

interface Judged extends Compared {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
}

/**
 * The challenger is non-inferior to the champion in every slice. All slices have to pass, each at alpha: that all of them
 * do by chance, while one of them is worse by the margin, happens in alpha of the releases at most, so that a pass needs no
 * correction (intersection-union test: Berger, Technometrics 24:295, 1982). One slice is enough to fail, and each could by
 * chance: a fail is told at alpha divided by the number of slices (Bonferroni; Holm's first step, which alone says whether
 * any fails, is the same).
 */
export function noSliceWorse(gate: Gate<'noSliceWorse'>, { rows }: Evidence): Answer {
  const { minimumShare = DEFAULT_MINIMUM_SHARE, margin = DEFAULT_SLICE_MARGIN, alpha = DEFAULT_ALPHA } = gate;
  if (!rows.champion) return NO_CHAMPION;
  const all = slicesOf(rows, gate.slices ?? Object.keys(rows.slices));
  const counted = all.filter((slice) => slice.rows.count >= minimumShare * rows.count);
  const passedOver = all.filter((slice) => !counted.includes(slice)).map(({ name }) => name);
  const judged = counted.map((slice) => judge(slice, gate, margin, alpha, counted.length));
  const numbers = { slices: judged.length, passedOver: passedOver.length, margin, alpha, ...worstOf(judged) };
  const rest =
    passedOver.length === 0 ? '' : ` Under ${percent(minimumShare)} of the rows, not judged: ${few(passedOver)}.`;
  if (judged.length === 0) return inconclusive(`No slice is large enough to be judged.${rest}`, numbers);
  const { verdict, sentence } = together(judged, margin, alpha);
  return { verdict, sentence: sentence + rest, numbers };
}

const slicesOf = (rows: EvaluatedRows, columns: readonly string[]): Slice[] =>
  columns.flatMap((column) => {
    const slices = rows.slices[column];
    if (!slices) return [];
    const indices = sliceIndices(slices);
    return slices.values.map((value, index) => ({
      name: `${column} ${value}`,
      rows: selectRows(rows, indices[index]!),
    }));
  });

function judge(
  { name, rows }: Slice,
  { metric = 'accuracy' }: Gate<'noSliceWorse'>,
  margin: number,
  alpha: number,
  slices: number,
): Judged {
  const compared = compare(metric, rows, alpha);
  const verdict = compared.gain ? above(compared.gain, -margin) : 'inconclusive';
  if (verdict !== 'fail' || slices === 1) return { ...compared, name, verdict };
  const corrected = compare(metric, rows, alpha / slices);
  return { ...corrected, name, verdict: corrected.gain && corrected.gain.high < -margin ? 'fail' : 'inconclusive' };
}

/** The least sure one says it for all. */
function together(judged: readonly Judged[], margin: number, alpha: number): Pick<Answer, 'verdict' | 'sentence'> {
  const failed = judged.filter(({ verdict }) => verdict === 'fail');
  const open = judged.filter(({ verdict }) => verdict === 'inconclusive');
  const allowed = `${margin} worse is allowed`;
  const sure = `with ${confidence(alpha)} confidence`;
  if (failed.length > 0) {
    const each = failed.map(({ name, gain }) => `${name} is ${noMoreThan(gain!.high)}`);
    return { verdict: 'fail', sentence: `Worse, ${sure} for all slices together: ${few(each)}; ${allowed}.` };
  }
  if (open.length > 0) {
    const each = open.map(({ name, rows, gain }) =>
      gain
        ? `${name} is from ${worse(gain.low)} to ${worse(gain.high)} (${counted(rows, 'row')})`
        : `${name} cannot be told (${counted(rows, 'row')})`,
    );
    return { verdict: 'inconclusive', sentence: `Too few rows to be sure: ${few(each)}; ${allowed}.` };
  }
  const [least] = judged.toSorted((a, b) => a.gain!.low - b.gain!.low);
  const sentence = `Of ${counted(judged.length, 'slice')} the least sure, ${least!.name}, is ${noLessThan(least!.gain!.low)} ${sure}; ${allowed}.`;
  return { verdict: 'pass', sentence };
}

/** The numbers of the slice that may be worst. */
function worstOf(judged: readonly Judged[]): Answer['numbers'] {
  const [worst] = judged.toSorted((a, b) => (a.gain?.low ?? -Infinity) - (b.gain?.low ?? -Infinity));
  if (!worst) return {};
  const { name, rows, gain } = worst;
  return { slice: name, rows, low: finite(gain?.low ?? -Infinity), high: finite(gain?.high ?? Infinity) };
}
