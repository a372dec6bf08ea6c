import type { Training } from '../training.ts';
import { goalOf, ranked, type Trial, tuningOf } from './table.ts';

/** Characters of JSON that the table may have in a manifest, which has room for 16 MB in all. */
const ROOM = 2 ** 22;

/** A trial, as the manifest of the winner tells of it. */
interface Row {
  readonly trial: number;
  readonly hyperparameters: Trial['hyperparameters'];
  /** @default - it has none */
  readonly objective?: number;
  readonly state: string;
  readonly seconds: number;
}

/** What a manifest says of how its version was found: every trial, the best first and those without a value last. */
export function provenanceOf(tuning: Training, trials: readonly Trial[]): Record<string, unknown> {
  const options = tuningOf(tuning.options);
  const { strategy = 'random', seed = 0, objective } = options;
  const rows = rowsOf(trials, tuning);
  const table = withinRoom(rows);
  return {
    tuned: {
      tuning: tuning.training,
      metric: objective.metric,
      goal: goalOf(options),
      strategy,
      seed,
      trials: rows.length,
    },
    tuning: table,
  };
}

/** All trials, the best first. */
export function rowsOf(trials: readonly Trial[], { options }: Pick<Training, 'options'>): Row[] {
  const best = ranked(trials, tuningOf(options));
  const others = trials.filter((trial) => !best.includes(trial));
  return [...best, ...others].map(({ trial, hyperparameters, outcome }) => ({
    trial,
    hyperparameters,
    ...(outcome?.objective !== undefined && { objective: outcome.objective }),
    state: outcome?.state ?? 'open',
    seconds: outcome?.seconds ?? 0,
  }));
}

/** Values may be texts of any length: the worst trials are left out where there is no room for all. */
function withinRoom(rows: readonly Row[]): Row[] {
  let room = ROOM;
  return rows.filter((row) => (room -= JSON.stringify(row).length) >= 0);
}
