import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import { median, spread, type Spread } from '../statistics.ts';

/** A load, as its clients have seen it. */
export interface Side {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds from when a request was due. */
  readonly p50: number;
  readonly p99: number;
}

export interface Round {
  /** Requests a second. */
  readonly capacity: number;
  readonly rate: number;
  /** Nothing else is done. */
  readonly quiet: Side;
  /** From the start of `onnward release` to its end: what the champion has answered, or failed to. */
  readonly released: Side;
  /** Of the same time: what the challenger has. */
  readonly challenger: Side;
}

export interface ReleaseLoadResults {
  readonly date: string;
  readonly machine: Results['machine'];
  readonly rounds: readonly Round[];
  readonly stamp?: Stamp;
}

/** How much longer the slowest hundredth of the champion's requests may take while there is a release. */
export const LIMIT = 1.25;

/** Within each round, so that what disturbs the machine for a while disturbs both of its sides. */
export const p99Ratio = ({ rounds }: Pick<ReleaseLoadResults, 'rounds'>): Spread =>
  spread(rounds.map(({ quiet, released }) => released.p99 / quiet.p99));

export const failures = ({ rounds }: Pick<ReleaseLoadResults, 'rounds'>): number =>
  rounds.reduce((sum, { quiet, released }) => sum + quiet.failed + released.failed, 0);

export function renderResults(results: Pick<ReleaseLoadResults, 'rounds'>): string {
  const of = (value: (round: Round) => number): string => median(results.rounds.map(value)).toFixed(2);
  const ratio = p99Ratio(results);
  return [
    `rate ${of(({ rate }) => rate)} of ${of(({ capacity }) => capacity)} requests a second, a release of ${of(({ released }) => released.seconds)} s`,
    `quiet      p50 ${of(({ quiet }) => quiet.p50)} ms, p99 ${of(({ quiet }) => quiet.p99)} ms`,
    `champion   p50 ${of(({ released }) => released.p50)} ms, p99 ${of(({ released }) => released.p99)} ms during the release`,
    `challenger p50 ${of(({ challenger }) => challenger.p50)} ms, p99 ${of(({ challenger }) => challenger.p99)} ms, its process included`,
    `p99 during a release ${ratio.median.toFixed(2)}x (${ratio.least.toFixed(2)}-${ratio.most.toFixed(2)}), ${LIMIT}x is wanted; ${failures(results)} failed requests of the champion`,
  ].join('\n');
}
