import { isOverBudget, overBudget } from './budget.ts';
import { costOf } from './cost.ts';
import { summaryOf } from './failures.ts';
import type { BatchManifest, BatchPlan, JobState, PendingShard, Receipt, Refusal, Stop } from './plan.ts';
import { refusalOf } from './refusal.ts';
import type { WorkerPrice } from './world.ts';

/** What a manifest is made of. */
export interface Accounts {
  readonly plan: BatchPlan;
  /** That has ended. */
  readonly drive: number;
  readonly receipts: ReadonlyMap<number, Receipt>;
  readonly pending: readonly PendingShard[];
  /** Of the drive. */
  readonly stop?: Stop;
  /** ISO 8601. */
  readonly at: string;
  readonly price: WorkerPrice;
}

/** The proof of what was done, as it follows from the receipts alone. */
export function manifestOf(accounts: Accounts): BatchManifest {
  const { plan, drive, pending, at } = accounts;
  const receipts = [...accounts.receipts.values()].sort((a, b) => a.shard - b.shard);
  const rows = sumsOf(receipts, pending);
  const reasons = summaryOf(pending);
  const { state, refusal } = verdictOf(accounts, rows);
  const seconds = Math.round(total(receipts, (receipt) => receipt.seconds) * 1000) / 1000;
  return {
    format: 1,
    job: plan.job,
    model: plan.model,
    drive,
    state,
    rows,
    inputs: plan.inputs,
    parts: partsOf(receipts, pending),
    quarantine: receipts.flatMap(({ shard, input, quarantined, quarantine }) =>
      quarantine ? [{ ...quarantine, shard, input, rows: quarantined }] : [],
    ),
    pending,
    ...(reasons && { reasons }),
    receipts: receipts.length,
    plannedAt: plan.createdAt,
    finishedAt: at,
    seconds,
    ...ratesOf(rows.scored + rows.quarantined, seconds, receipts.length, accounts.price),
    ...(refusal && { refusal }),
  };
}

function sumsOf(receipts: readonly Receipt[], pending: readonly PendingShard[]): BatchManifest['rows'] {
  const scored = total(receipts, (receipt) => receipt.scored);
  const quarantined = total(receipts, (receipt) => receipt.quarantined);
  if (pending.some(({ rows }) => rows === undefined)) return { scored, quarantined };
  const waiting = total(pending, ({ rows = 0 }) => rows);
  return { in: scored + quarantined + waiting, scored, quarantined, pending: waiting };
}

/** Once every shard is scored, no stop of a drive matters any more: the rows alone decide. */
function verdictOf(
  { plan, pending, stop }: Accounts,
  rows: BatchManifest['rows'],
): { state: JobState; refusal?: Refusal } {
  if (pending.length === 0) {
    if (!isOverBudget(plan, rows)) return { state: 'done' };
    return { state: 'failed', refusal: refusalOf(overBudget(plan, rows.quarantined)) };
  }
  if (!stop) return { state: 'pending' };
  return {
    state: stop.reason === 'cancelled' ? 'cancelled' : 'failed',
    ...(stop.refusal && { refusal: stop.refusal }),
  };
}

/** `firstRow` where all shards of the same input that come before are scored. */
function partsOf(receipts: readonly Receipt[], pending: readonly PendingShard[]): BatchManifest['parts'] {
  const firstPending = new Map<number, number>();
  for (const { shard } of pending) {
    firstPending.set(shard.input, Math.min(shard.index, firstPending.get(shard.input) ?? Infinity));
  }
  const rowsBefore = new Map<number, number>();
  return receipts.flatMap(({ shard, input, rows, scored, part }) => {
    const firstRow = rowsBefore.get(input) ?? 0;
    rowsBefore.set(input, firstRow + rows);
    if (!part) return [];
    const known = shard < (firstPending.get(input) ?? Infinity);
    return [{ ...part, shard, input, rows: scored, ...(known && { firstRow }) }];
  });
}

function ratesOf(
  rows: number,
  seconds: number,
  shards: number,
  price: WorkerPrice,
): Pick<BatchManifest, 'rowsPerSecond' | 'usdPerMillionRows'> {
  if (rows === 0 || seconds === 0) return {};
  const usd = costOf({ seconds, shards }, price);
  return {
    rowsPerSecond: Math.round(rows / seconds),
    usdPerMillionRows: Number(((usd / rows) * 1e6).toPrecision(4)),
  };
}

const total = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);
