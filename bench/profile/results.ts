import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import { type Spread, spread } from '../statistics.ts';

/** `values`: Evidently's statistics of each column; `summary`: its preset, with more of the table. */
export const CONTENDERS = ['onnward', 'evidently values', 'evidently summary'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** `csv` and `parquet`: the whole process, from its start, on a file; `memory`: of rows that lie there. */
export const SOURCES = ['parquet', 'csv', 'memory'] as const;
export type ProfileSource = (typeof SOURCES)[number];

export interface Cell {
  readonly contender: Contender;
  readonly source: ProfileSource;
  readonly rows: number;
  readonly rounds: readonly {
    readonly seconds: number;
    /** Most resident bytes of the process. */
    readonly peak: number;
  }[];
}

export interface ProfileResults {
  readonly date: string;
  readonly machine: Results['machine'];
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: number;
  /** Of the profile of ten columns of numbers and one of categories. */
  readonly profileBytes: number;
  readonly cells: readonly Cell[];
  readonly stamp?: Stamp;
}

/** How many times as fast as Evidently it has to be. */
export const BAR = 5;

/** The time of Evidently by ours, round by round. */
export function ratioTo(results: ProfileResults, contender: Contender, source: ProfileSource): Spread | undefined {
  const [ours, theirs] = ['onnward', contender].map((name) =>
    results.cells.find((cell) => cell.contender === name && cell.source === source),
  );
  if (!ours || !theirs) return undefined;
  const paired = ours.rounds.flatMap(({ seconds }, round) => {
    const other = theirs.rounds[round];
    return other ? [other.seconds / theirs.rows / (seconds / ours.rows)] : [];
  });
  return spread(paired);
}
