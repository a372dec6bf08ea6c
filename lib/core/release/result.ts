/** What a rule on evidence says. `not applicable`: there is nothing to compare with, which alone never promotes. */
export type GateVerdict = 'pass' | 'fail' | 'inconclusive' | 'not applicable';

/** One rule's answer, with the numbers that it stands on. */
export interface GateResult {
  /** In words, unique in its release: `accuracy at least 0.93`, `error rate of the challenger`. */
  readonly name: string;
  readonly verdict: GateVerdict;
  /** Says what was found, the limit, and how sure it is; in words for a person. */
  readonly sentence: string;
  /** Every number of the sentence, and those it was made from. */
  readonly numbers: Readonly<Record<string, number | string | null>>;
}

/** What all rules together say. */
export type Verdict = 'promote' | 'hold' | 'reject';

/** A failed rule rejects; missing evidence never passes; rules that all do not apply are no evidence. */
export function verdictOf(results: readonly GateResult[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'fail')) return 'reject';
  if (results.some(({ verdict }) => verdict === 'inconclusive')) return 'hold';
  return results.some(({ verdict }) => verdict === 'pass') ? 'promote' : 'hold';
}
