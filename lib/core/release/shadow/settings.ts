import { JUDGE } from '../canary/settings.ts';
import type { ReleaseOptions } from '../options.ts';

/** `shadow` of the options, with what holds where nobody says. */
export interface ShadowSettings {
  /** A second, at most. */
  readonly rate: number;
  readonly requests: number;
  /** Share of the predictions. */
  readonly disagreement: number;
  /** What the interval of the disagreement misses; that of `judge`. */
  readonly alpha: number;
}

const SHADOW: Omit<ShadowSettings, 'alpha'> = { rate: 10, requests: 200, disagreement: 0.05 };

export const shadowSettings = ({ shadow, judge }: Pick<ReleaseOptions, 'shadow' | 'judge'>): ShadowSettings => ({
  ...SHADOW,
  alpha: judge?.alpha ?? JUDGE.alpha,
  ...(shadow || undefined),
});
