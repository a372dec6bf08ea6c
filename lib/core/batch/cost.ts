import { LAMBDA_PRICES } from '../lambda-prices.ts';
import type { BatchOptions } from './options.ts';
import type { Estimate } from './plan.ts';
import type { BatchWorld, WorkerPrice } from './world.ts';

/** What AWS bills besides Lambda in us-east-1, US dollars. Source: the price pages of AWS, September 2026. */
const PRICES = {
  /** Of a standard workflow. */
  transition: 25 / 1e6,
  put: 0.005 / 1000,
  get: 0.0004 / 1000,
} as const;

/** What one shard takes besides its rows. */
const SHARD = {
  /** Asking for plan, receipt and stop, opening the input, writing the receipt; seconds. */
  seconds: 0.3,
  /** Its own workflow: begin, score, end. */
  transitions: 3,
  puts: 5,
  gets: 6,
} as const;

/** A start with the model, once for each of the workers, seconds. */
const START_SECONDS = 3;

const MB = 2 ** 20;

/** Seconds that a shard takes, about, at most: what a worker that dies has to do again. */
const SHARD_SECONDS = 60;
const SHARD_BYTES = { least: MB, most: 64 * MB };
/** Shards for each of the workers, so that none waits long for the last. */
const ROUNDS = 4;

/** What a Distributed Map was asked to take, and one listing of receipts stays short with. */
export const MAX_SHARDS = 10_000;

/** What is known of a job before it is cut. */
export interface Workload {
  /** Of all inputs, bytes. */
  readonly bytes: number;
  readonly rows: number;
  /** Whether `rows` was counted. */
  readonly exact: boolean;
  /** Of one worker. */
  readonly rowsPerSecond: number;
  readonly concurrency: number;
}

/** Shards at once of a machine that has nothing reserved: each is a file or two, and memory. */
const MOST_AT_ONCE = 64;

/** Shards at once: where workers are rented, no more than are reserved, for the others would only be turned away. */
export function concurrencyOf(
  { concurrency, price }: Pick<BatchWorld, 'concurrency' | 'price'>,
  options: Pick<BatchOptions, 'concurrency'>,
): number {
  const most = price.limitSeconds === undefined ? MOST_AT_ONCE : concurrency;
  return Math.min(options.concurrency ?? concurrency, most);
}

/** How many bytes a shard should have: several for each worker, none too long, and not too many of them. */
export function shardBytes({ bytes, rows, rowsPerSecond, concurrency }: Workload): number {
  const bytesPerSecond = (rowsPerSecond * bytes) / Math.max(1, rows);
  const short = Math.max(1, bytesPerSecond * SHARD_SECONDS);
  const shared = Math.max(SHARD_BYTES.least, bytes / (concurrency * ROUNDS));
  return Math.ceil(Math.max(Math.min(SHARD_BYTES.most, shared, short), bytes / MAX_SHARDS));
}

/** What a job of so many shards takes. */
export function estimateOf(work: Workload, shards: number, price: WorkerPrice): Estimate {
  const { rows, exact, rowsPerSecond, concurrency } = work;
  const workers = Math.max(1, Math.min(concurrency, shards));
  const busy = rows / rowsPerSecond + shards * SHARD.seconds;
  const seconds = busy / workers + START_SECONDS;
  const usd = costOf({ seconds: busy + workers * START_SECONDS, shards }, price);
  return { rows, exact, seconds: rounded(seconds), usd: rounded(usd), rowsPerSecond: rounded(rowsPerSecond) };
}

/** US dollars for what workers did. */
export function costOf(
  { seconds, shards }: { readonly seconds: number; readonly shards: number },
  { memory, architecture }: WorkerPrice,
): number {
  const computing = seconds * (memory / 1024) * LAMBDA_PRICES.gigabyteSecond[architecture];
  const each =
    LAMBDA_PRICES.invocation +
    SHARD.transitions * PRICES.transition +
    SHARD.puts * PRICES.put +
    SHARD.gets * PRICES.get;
  return computing + shards * each;
}

/** To four digits that count: more would claim to know more. */
const rounded = (value: number): number => Number(value.toPrecision(4));
