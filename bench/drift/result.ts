import type { Stamp } from '../stamp.ts';
import type { Alarms } from './alarms.ts';
import type { Beside, FoundBeside } from './evidently.ts';
import type { Power } from './power.ts';

/** As it is committed: `../results/drift.json`. */
export interface Result {
  readonly stamp: Stamp;
  readonly seed: number;
  readonly quiet: readonly Alarms[];
  readonly power: readonly Power[];
  readonly curves: readonly Power[];
  readonly quietBeside: readonly Beside[];
  readonly powerBeside: readonly FoundBeside[];
}
