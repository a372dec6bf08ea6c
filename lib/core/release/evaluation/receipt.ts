import type { Tally } from '../../evaluation/tally.ts';
import type { WrittenPart } from '../../batch/plan.ts';

/** That a shard is scored: a shard scored twice leaves the same. */
export interface EvaluationReceipt {
  readonly format: 1;
  readonly shard: number;
  /** Good and bad. */
  readonly rows: number;
  readonly good: number;
  /** Bad rows, by the stable code of the reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Cells that are empty or NaN, by column. */
  readonly missing: Readonly<Record<string, number>>;
  /** @default - no row was good */
  readonly spill?: WrittenPart;
  readonly tallies: ModelTallies;
  /** By slice column, then by value, in the order in which these came. */
  readonly slices: Readonly<Record<string, readonly SliceTally[]>>;
}

/** What both versions did on some rows. */
export interface ModelTallies {
  /** @default - there were no rows */
  readonly challenger?: Tally;
  readonly champion?: Tally;
}

export interface SliceTally extends ModelTallies {
  readonly value: string;
  readonly rows: number;
}
