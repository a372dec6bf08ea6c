import type { EvaluationPlan } from './plan.ts';
import type { EvaluationReceipt, ModelTallies, SliceTally } from './receipt.ts';
import { merged } from './running-tallies.ts';
import { SliceValues } from './slice-values.ts';

/** What all shards have counted. */
export interface MergedReceipts {
  readonly rows: number;
  readonly good: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly missing: Readonly<Record<string, number>>;
  readonly tallies: ModelTallies;
  readonly slices: Readonly<Record<string, readonly SliceTally[]>>;
}

/** Receipts in the order of the shards, so that sums are the same to the bit whenever each was written. */
export function mergeReceipts(plan: EvaluationPlan, receipts: readonly EvaluationReceipt[]): MergedReceipts {
  const sum = (of: (receipt: EvaluationReceipt) => number) => receipts.reduce((all, receipt) => all + of(receipt), 0);
  return {
    rows: sum(({ rows }) => rows),
    good: sum(({ good }) => good),
    reasons: added(receipts.map(({ reasons }) => reasons)),
    missing: added(receipts.map(({ missing }) => missing)),
    tallies: receipts.reduce<ModelTallies>((all, { tallies }) => merged(all, tallies), {}),
    slices: Object.fromEntries(plan.slices.map((name) => [name, mergeSlices(name, receipts)])),
  };
}

function mergeSlices(name: string, receipts: readonly EvaluationReceipt[]): SliceTally[] {
  const values = new SliceValues(name);
  const all: SliceTally[] = [];
  for (const { slices } of receipts) {
    for (const { value, rows, ...tallies } of slices[name] ?? []) {
      const index = values.indexOf(value);
      const { rows: before, value: _, ...there } = all[index] ?? { rows: 0, value };
      all[index] = { value, rows: before + rows, ...merged(there, tallies) };
    }
  }
  return all;
}

/** By name, in the order of the names. */
function added(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const some of counts)
    for (const [name, count] of Object.entries(some)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
