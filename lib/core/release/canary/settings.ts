import { secondsOf } from '../../duration.ts';
import { criticalValue } from '../../evaluation/statistics/interval.ts';
import type { CanaryStep, JudgeOptions } from '../options.ts';

/** `judge` of the options, with what holds where nobody says. */
export interface JudgeSettings {
  readonly errorMargin: number;
  readonly latencyRatio: number;
  readonly accuracyMargin: number;
  readonly alpha: number;
  readonly minimumRequests: number;
  readonly goldenTraffic: boolean;
}

export const JUDGE: JudgeSettings = {
  errorMargin: 0.01,
  latencyRatio: 1.5,
  accuracyMargin: 0.03,
  alpha: 0.05,
  minimumRequests: 100,
  goldenTraffic: false,
};

export const judgeSettings = (judge: JudgeOptions = {}): JudgeSettings => ({ ...JUDGE, ...judge });

/** A step of the plan, in seconds and requests. */
export interface StepPlan {
  readonly weight: number;
  readonly bakeSeconds: number;
  readonly extensionSeconds: number;
  readonly needed: number;
}

export function stepPlan({ weight, bake, minimumRequests }: CanaryStep, judge: JudgeOptions = {}): StepPlan {
  const settings = judgeSettings(judge);
  return {
    weight,
    bakeSeconds: secondsOf(bake),
    extensionSeconds: secondsOf(judge.extension ?? bake),
    needed: Math.max(minimumRequests ?? settings.minimumRequests, requestsToResolve(settings)),
  };
}

/**
 * Requests below which not even a challenger without one error is within the margin for sure: the score interval of none
 * of n ends at z^2 / (n + z^2). A margin of 0 can never be shown: then the minimum is all that is asked for.
 */
export function requestsToResolve({ errorMargin, alpha }: Pick<JudgeSettings, 'errorMargin' | 'alpha'>): number {
  if (errorMargin === 0) return 0;
  const z2 = criticalValue(alpha) ** 2;
  return Math.ceil((z2 * (1 - errorMargin)) / errorMargin) + 1;
}
