import type { Tensor } from '../../model/tensor.ts';
import type { BadRow, RowBatch } from '../../scoring/rows.ts';
import type { RowSink } from '../../scoring/score.ts';
import type { HashField } from '../capture/cells.ts';
import { ProfileBuilder } from '../profile/builder.ts';
import type { FeaturePlan } from '../features/plan.ts';
import type { Profile } from '../profile/profile.ts';
import type { TruthReader } from './truths.ts';

/** How a shard's rows become a profile; the same for every shard. */
export interface Profiling {
  readonly plan: FeaturePlan;
  readonly hash?: HashField;
  /** By output of the signature, which one of those that the model gives it is; and the one that is hidden. */
  readonly outputs: readonly number[];
  readonly hidden?: number;
  /** @default - there is no column of truths */
  readonly truthOf?: TruthReader;
}

/** What came of a shard. */
export interface ShardProfile {
  readonly profile: Profile;
  readonly good: number;
  /** Rows without a truth that could be read. */
  readonly unlabelled: number;
  readonly bad: number;
  /** How often each reason, and the first rows: never what they hold. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
}

/** Bad rows that are named. */
const EXAMPLES = 5;

/** Counts what a shard holds; memory is that of its profile. */
export class ProfileSink implements RowSink<ShardProfile> {
  readonly #profiling: Profiling;
  readonly #source: string;
  readonly #builder: ProfileBuilder;
  readonly #reasons = new Map<string, number>();
  readonly #examples: string[] = [];
  #good = 0;
  #unlabelled = 0;
  #bad = 0;

  constructor(profiling: Profiling, source: string) {
    this.#profiling = profiling;
    this.#source = source;
    const { plan, hash } = profiling;
    this.#builder = new ProfileBuilder(plan, hash ? { hash } : {});
  }

  scored(batch: RowBatch, outputs: readonly Tensor[]): void {
    const { outputs: places, hidden, truthOf } = this.#profiling;
    const truths = truthOf && batch.kept[0]?.map((cell) => truthOf(cell));
    for (const truth of truths ?? []) if (truth === undefined) this.#unlabelled += 1;
    this.#builder.addTensors({
      inputs: batch.inputs,
      outputs: places.map((place) => outputs[place] as Tensor),
      ...(hidden !== undefined && { hidden: outputs[hidden] }),
      rows: batch.rows,
      source: this.#source,
      firstRow: this.#good,
      ...(truths && { truths }),
    });
    this.#good += batch.rows;
  }

  bad({ row, code, message }: BadRow): void {
    this.#bad += 1;
    this.#reasons.set(code, (this.#reasons.get(code) ?? 0) + 1);
    // What follows the column's name quotes the cell.
    const column = /^Column '[^']*'/.exec(message)?.[0];
    if (this.#examples.length < EXAMPLES) this.#examples.push(`row ${row + 1}${column ? `, ${column}` : ''}: ${code}`);
  }

  async end(): Promise<ShardProfile> {
    return {
      profile: this.#builder.profile(),
      good: this.#good,
      unlabelled: this.#unlabelled,
      bad: this.#bad,
      reasons: Object.fromEntries(this.#reasons),
      examples: this.#examples,
    };
  }
}
