import type { GateResult } from '../result.ts';
import { accuracyResult } from './accuracy.ts';
import { alarmResult } from './alarms.ts';
import { errorRateResult } from './error-rate.ts';
import type { CanaryEvidence, Judging } from './judging.ts';
import { latencyResult } from './latency.ts';
import { refusalResult } from './refusals.ts';
import type { JudgeSettings } from './settings.ts';

/** Rules that can be wrong by chance: error rate, refusals, p50, p99, accuracy; the error rate of golden questions besides. */
export const RULES = 5;
const RULES_WITH_GOLDEN = 6;

/**
 * What a look finds. `fail`: the challenger is worse than its limit for sure, at the share of `level` that each rule has, so
 * that all of them together are wrong with that chance at most. `pass`: it is within its limit for sure, by the two-sided
 * interval of 1 - alpha. `not applicable`: too little of it to say either. Else `inconclusive`.
 */
export function judge(evidence: CanaryEvidence, level: number, settings: JudgeSettings): GateResult[] {
  const rules = settings.goldenTraffic ? RULES_WITH_GOLDEN : RULES;
  const judging: Judging = { ...evidence, settings, level: level / rules };
  return [
    errorRateResult(judging),
    refusalResult(judging),
    latencyResult(judging, 'p50'),
    latencyResult(judging, 'p99'),
    accuracyResult(judging),
    alarmResult(judging),
  ];
}
