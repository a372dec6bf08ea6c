import type { GateResult, GateVerdict } from '../result.ts';

/** What a gate says; who asks it knows its name. */
export type Answer = Omit<GateResult, 'name'>;

/** What bounds can say of a limit. */
export type Decision = Exclude<GateVerdict, 'not applicable'>;

/** Where nothing is said: one wrong pass of twenty, at most, and one wrong fail. */
export const DEFAULT_ALPHA = 0.05;

/** What is missing is told, and never passes. */
export const inconclusive = (sentence: string, numbers: GateResult['numbers'] = {}): Answer => ({
  verdict: 'inconclusive',
  sentence,
  numbers,
});

export const NO_CHAMPION: Answer = {
  verdict: 'not applicable',
  sentence: 'No other version is live, so there is nothing to compare with.',
  numbers: {},
};
