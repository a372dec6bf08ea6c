import { encode } from '../../documents.ts';
import type { Violation } from '../drift/verdict.ts';
import type { Profile } from '../profile/profile.ts';
import { constraintsOf } from './constraints.ts';
import { statisticsOf } from './statistics.ts';

/** The files of an execution of Model Monitor, by name. */
export interface ModelMonitorFiles {
  /** What the live rows were like. */
  readonly 'statistics.json': Uint8Array;
  /** What was asked of them: by the baseline. */
  readonly 'constraints.json': Uint8Array;
  readonly 'constraint_violations.json': Uint8Array;
}

/** For those who leave Model Monitor: what reads its files reads these. */
export const modelMonitorFiles = (
  live: Profile,
  baseline: Profile,
  violations: readonly Violation[],
): ModelMonitorFiles => ({
  'statistics.json': encode(statisticsOf(live)),
  'constraints.json': encode(constraintsOf(baseline)),
  'constraint_violations.json': encode({ violations }),
});
