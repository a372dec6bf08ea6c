import type { Results } from '../results.ts';
import type { Stamp } from '../stamp.ts';
import { type Spread, spread } from '../statistics.ts';

/** `values`: Evidently's statistics of each column; `summary`: its preset, with more of the table. */
export const CONTENDERS = ['onnward', 'evidently values', 'evidently summary'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** `file`: the whole process, from its start, on a file; `memory`: of rows that lie there. */
export type ProfileSource = 'file' | 'memory';

export interface Cell {
  readonly contender: Contender;
  readonly source: ProfileSource;
  readonly rows: number;
  readonly rounds: readonly {
    readonly seconds: number;
    /** Of all cores, in the same time: what else the machine did counts less. */
    readonly cpu: number;
    /** Most resident bytes of the process. */
    readonly peak: number;
  }[];
}

export interface ProfileResults {
  readonly date: string;
  readonly machine: Results['machine'];
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly format: 'parquet' | 'csv';
  /** Of the profile of ten columns of numbers and one of categories. */
  readonly profileBytes: number;
  readonly cells: readonly Cell[];
  readonly stamp?: Stamp;
}

/** How many times as fast as Evidently it has to be. */
export const BAR = 5;

/** The time of Evidently by ours, round by round. */
export function ratioTo(
  results: ProfileResults,
  { contender, source }: Pick<Cell, 'contender' | 'source'>,
  what: 'seconds' | 'cpu' = 'seconds',
): Spread | undefined {
  const [ours, theirs] = ['onnward', contender].map((name) =>
    results.cells.find((cell) => cell.contender === name && cell.source === source),
  );
  if (!ours || !theirs) return undefined;
  const both = theirs.rounds.map((round, index) => [round[what], ours.rounds[index]?.[what] ?? Number.NaN] as const);
  return spread(both.map(([other, own]) => other / own));
}
