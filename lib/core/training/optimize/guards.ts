import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { type Decision, DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { atLeast, unseenIn } from '../../release/gates/bounds.ts';
import { DEFAULT_SLICE_MARGIN } from '../../release/gates/no-slice-worse.ts';
import { confidence, counted, percent } from '../../release/gates/sentences.ts';
import type { Fidelity, GuardAnswer } from './document.ts';
import { judgeQuality } from './quality.ts';
import type { Settings } from './settings.ts';
import { judgeSlices } from './slices.ts';

/** Every rule has to pass: one that fails, or does not know, is what counts. Where nothing was asked, nothing is known. */
export function verdictOf(guards: readonly GuardAnswer[]): Decision {
  const verdicts = guards.map(({ verdict }) => verdict);
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

/** Of each output: that every row has an answer, and that enough of them are the same as before. */
export const fidelityGuards = (outputs: readonly Fidelity[], { agreement }: Settings): GuardAnswer[] =>
  outputs.flatMap((fidelity) => [...unanswered(fidelity), agreementGuard(fidelity, agreement)]);

function unanswered({ output, unanswered: none, rows }: Fidelity): GuardAnswer[] {
  if (none === 0) return [];
  const sentence = `It has no answer, or no number, for ${none} of ${counted(rows, 'row')} that the original answers.`;
  return [{ guard: 'answers', output, verdict: 'fail', sentence }];
}

const SAME: Readonly<Record<Fidelity['same'], string>> = {
  class: 'the same class',
  near: 'as near as a tenth of the standard deviation',
  exact: 'exactly the same',
};

function agreementGuard({ output, same, rows, agreement }: Fidelity, least: number): GuardAnswer {
  const verdict = atLeast(agreement, least);
  const sure = `with ${confidence(DEFAULT_ALPHA)} confidence`;
  const of = `${SAME[same]} on ${percent(agreement.value)} of ${counted(rows, 'row')}`;
  const bound = {
    pass: `at least ${percent(agreement.low)} ${sure}; ${percent(least)} is needed.`,
    fail: `at most ${percent(agreement.high)} ${sure}; ${percent(least)} is needed.`,
    inconclusive: `from ${percent(agreement.low)} to ${percent(agreement.high)} ${sure}; ${percent(least)} is needed${rowsFor(rows, least)}.`,
  }[verdict];
  return { guard: 'agreement', output, verdict, sentence: `${of}: ${bound}` };
}

/** What it takes even where all are the same. */
function rowsFor(rows: number, least: number): string {
  const needed = least < 1 ? unseenIn(1 - least, DEFAULT_ALPHA) : Infinity;
  return rows < needed && Number.isFinite(needed) ? `, which takes ${needed} rows or more` : '';
}

/** The metric over all rows, and in each slice that is named. */
export function qualityGuards(rows: EvaluatedRows, { margin }: Settings) {
  const { quality, answer } = judgeQuality(rows, margin);
  if (Object.keys(rows.slices).length === 0) return { quality, guards: [answer] };
  return { quality, guards: [answer, judgeSlices(rows, Math.max(margin, DEFAULT_SLICE_MARGIN))] };
}

/** What stands in for the metric where nobody knows the truth: nothing is taken then. */
export const NO_TRUTH: GuardAnswer = {
  guard: 'quality',
  verdict: 'inconclusive',
  sentence: 'There are no rows whose truth is known, so that nobody knows what it loses.',
};
