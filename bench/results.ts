import type { Encoding, ModelName } from './cases.ts';
import type { Stamp } from './stamp.ts';

/** One run of the load generator; latencies in microseconds. */
export interface Sample {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** What a server did with one kind of request, round by round. The same round of two servers ran side by side. */
export interface Cell {
  readonly server: string;
  readonly model: ModelName;
  readonly encoding: Encoding;
  readonly concurrency: number;
  readonly workers: number;
  readonly rounds: readonly Sample[];
}

/**
 * ONNX Runtime called in a loop with nothing around it: the limit. Median microseconds of a run, round by round, beside
 * the rounds of one request at a time in this encoding.
 */
export interface BareRun {
  readonly runtime: 'node' | 'python';
  readonly model: ModelName;
  readonly encoding: Encoding;
  readonly rounds: readonly number[];
}

/** Resident bytes after so many requests. */
export interface Memory {
  readonly server: string;
  readonly model: ModelName;
  readonly after: readonly { readonly requests: number; readonly bytes: number }[];
}

/** Milliseconds, round by round. */
export interface Durations {
  readonly name: string;
  readonly rounds: readonly number[];
}

interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  /** Processes that wanted a core in the minute before the first round: 0 on a quiet machine. */
  readonly load: number;
}

export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly plan: { readonly rounds: number; readonly seconds: number };
  readonly cells: readonly Cell[];
  readonly bare: readonly BareRun[];
  readonly memory: readonly Memory[];
  /** Spawn to the first answer, with the large model. */
  readonly start: readonly Durations[];
  /** The large model: a bare session, and Onnward's engine with its hash check. */
  readonly loading: readonly Durations[];
  readonly stamp?: Stamp;
}
