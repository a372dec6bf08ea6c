import type { Tensor } from '../../model/tensor.ts';
import type { CapturedEvent } from '../capture/captured.ts';
import type { HashField } from '../capture/cells.ts';
import type { FeaturePlan } from '../features/plan.ts';
import { eventSource, readColumns, type RowSource, type TensorBatch, tensorSource } from '../features/read-columns.ts';
import { CategorySketch } from '../sketch/category-sketch.ts';
import type { Column } from '../sketch/columns.ts';
import { NumberSketch } from '../sketch/number-sketch.ts';
import { featureSeed, rowHashes } from '../sketch/row-hashes.ts';
import type { FeatureProfile, Profile } from './profile.ts';
import { TruthCounter, type Truths } from './truth.ts';

/** Rows, where they come from, and their truths. */
export interface ProfiledBatch extends TensorBatch {
  /** Names what the rows are of, such as a part of a file: with their numbers it tells rows apart. */
  readonly source: string;
  /** The number of the first one within it. */
  readonly firstRow: number;
  /** A truth for each row. @default - none is known */
  readonly truths?: Truths | undefined;
}

/** Counts rows, batch by batch; memory is that of the profile, 64 KB a feature at most. */
export class ProfileBuilder {
  readonly #plan: FeaturePlan;
  readonly #hash: HashField | undefined;
  readonly #features: readonly FeatureProfile[];
  readonly #truth: TruthCounter;
  #hashes = new Uint32Array(0);
  #rows = 0;

  /** `hash`: of sensitive values in tensors. @default - features whose values are to be hashed are empty */
  constructor(plan: FeaturePlan, { hash }: { readonly hash?: HashField } = {}) {
    this.#plan = plan;
    this.#hash = hash;
    this.#truth = new TruthCounter(plan.classes);
    this.#features = plan.features.map(({ name, role, kind }) =>
      kind === 'number'
        ? { name, role, kind, sketch: new NumberSketch(featureSeed(role, name)) }
        : { name, role, kind, sketch: new CategorySketch() },
    );
  }

  /** Nothing of the tensors' memory is kept. */
  addTensors(batch: ProfiledBatch): void {
    this.#add(tensorSource(this.#plan, batch, this.#hash), batch.source, batch.firstRow, batch.truths);
  }

  /** `hidden`: the tensor within the graph that is looked at, of the same rows. */
  addEvent(event: CapturedEvent, more: { readonly truths?: Truths; readonly hidden?: Tensor } = {}): void {
    this.#add(eventSource(event, more.hidden), event.id, 0, more.truths);
  }

  #add(source: RowSource, name: string, firstRow: number, truths?: Truths): void {
    const hashes = this.#hashesOf(name, firstRow, source.rows);
    const columns = readColumns(this.#plan, source);
    for (const [index, { kind, sketch }] of this.#features.entries()) {
      const column = columns[index];
      if (kind === 'number' && column?.kind === 'number') sketch.add(column, hashes);
      else if (kind === 'category' && column?.kind === 'category') sketch.add(column, source.rows);
    }
    this.#rows += source.rows;
    const said: Column | undefined = columns[this.#plan.prediction ?? -1];
    if (said && truths) this.#truth.add(said, truths, hashes);
  }

  /** In memory that is used again. */
  #hashesOf(source: string, firstRow: number, rows: number): Uint32Array {
    if (this.#hashes.length < rows) this.#hashes = new Uint32Array(rows);
    return rowHashes(source, firstRow, rows, this.#hashes.subarray(0, rows));
  }

  /** Of the rows so far; rows that are added later are not in it. */
  profile(): Profile {
    const truth = this.#truth.profile();
    return { rows: this.#rows, features: this.#features.map(copyOf), ...(truth && { truth }) };
  }
}

const copyOf = (feature: FeatureProfile): FeatureProfile =>
  feature.kind === 'number'
    ? { ...feature, sketch: NumberSketch.merge([feature.sketch]) }
    : { ...feature, sketch: CategorySketch.merge([feature.sketch]) };
