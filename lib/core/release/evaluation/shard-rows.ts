import type { EvaluationPlan } from './plan.ts';
import { jsonNumberOf } from '../../model/decimal.ts';
import type { RowLayout } from '../../scoring/layout.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { Answers } from './answers.ts';
import { ClassIndex } from './classes.ts';
import { evaluatedRows } from './evaluated.ts';
import { MissingCells } from './missing-cells.ts';
import { HASH_WORDS, hashRows } from './row-hash.ts';
import { RunningTallies } from './running-tallies.ts';
import { SliceValues, sliceText } from './slice-values.ts';
import { encodeBlock, newColumns, type Columns } from './spill.ts';

/** Some rows of a shard with what both versions say of them. */
export interface AnsweredRows {
  readonly batch: RowBatch;
  readonly challenger: Answers;
  readonly champion?: Answers;
}

/** Gathers the rows of a shard into blocks, counts and sums them; holds no more than one block. */
export class ShardRows {
  readonly #plan: EvaluationPlan;
  readonly #layout: RowLayout;
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  readonly #columns: Columns;
  readonly #truthOf: (cell: string) => number | undefined;
  readonly #slices: readonly SliceValues[];
  /** By slice, the values that a block before this one has. */
  readonly #told: number[];
  readonly #missing: MissingCells;
  readonly #reasons = new Map<string, number>();
  #hashes = new Uint32Array(0);
  #rows = 0;
  readonly tallies = new RunningTallies();
  good = 0;
  bad = 0;

  constructor(plan: EvaluationPlan, layout: RowLayout, send: (bytes: Uint8Array) => Promise<void>) {
    this.#plan = plan;
    this.#layout = layout;
    this.#send = send;
    this.#columns = newColumns(plan, plan.blockRows);
    this.#truthOf = plan.task === 'regression' ? targetOf : classOf(plan.classes);
    this.#slices = plan.slices.map((name) => new SliceValues(name));
    this.#told = plan.slices.map(() => 0);
    this.#missing = new MissingCells(layout);
  }

  refuse(code: string): void {
    this.bad += 1;
    this.#reasons.set(code, (this.#reasons.get(code) ?? 0) + 1);
  }

  async add(rows: AnsweredRows): Promise<void> {
    const { batch, challenger, champion } = rows;
    this.#missing.add(batch);
    if (this.#hashes.length < batch.rows * HASH_WORDS) this.#hashes = new Uint32Array(batch.rows * HASH_WORDS);
    hashRows(batch.inputs, batch.rows, this.#hashes);
    for (let row = 0; row < batch.rows; row++) {
      const truth = this.#truth(batch, row);
      if (truth === undefined) this.refuse('row.label');
      else if (challenger.has[row] === 0) this.refuse('row.prediction');
      else if (champion?.has[row] === 0) this.refuse('row.champion');
      else {
        this.#put(rows, row, truth);
        if (this.#rows === this.#plan.blockRows) await this.flush();
      }
    }
  }

  /** What has been gathered goes into the spill, and into the sums. */
  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    const values = this.#byName((slice) => slice.values);
    const fresh = this.#byName((slice, index) => slice.values.slice(this.#told[index]));
    this.tallies.add(evaluatedRows(this.#plan, this.#rows, this.#columns, values));
    const bytes = encodeBlock(this.#plan, { rows: this.#rows, columns: this.#columns, values: fresh });
    for (const [index, slice] of this.#slices.entries()) this.#told[index] = slice.values.length;
    this.#rows = 0;
    await this.#send(bytes);
  }

  get reasons(): Record<string, number> {
    return Object.fromEntries([...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get missing(): Record<string, number> {
    return this.#missing.result();
  }

  #byName(values: (slice: SliceValues, index: number) => readonly string[]): Record<string, readonly string[]> {
    return Object.fromEntries(this.#slices.map((slice, index) => [this.#plan.slices[index], values(slice, index)]));
  }

  /** The truth of a row, and whether its label and slices are there. */
  #truth({ kept }: RowBatch, row: number): number | undefined {
    for (const [index, cells] of kept.entries()) {
      if (isEmpty(cells[row] as string)) this.#missing.note(this.#layout.kept[index] as number);
    }
    const cell = (kept[0] as readonly string[])[row] as string;
    return isEmpty(cell) ? undefined : this.#truthOf(cell);
  }

  #put({ batch, challenger, champion }: AnsweredRows, row: number, truth: number): void {
    const at = this.#rows;
    const columns = this.#columns;
    columns['truth']![at] = truth;
    this.#putSide('challenger', challenger, row);
    if (champion) this.#putSide('champion', champion, row);
    columns['hash']!.set(this.#hashes.subarray(row * HASH_WORDS, (row + 1) * HASH_WORDS), at * HASH_WORDS);
    for (const [index, slice] of this.#slices.entries()) {
      const cell = (batch.kept[index + 1] as readonly string[])[row] as string;
      columns[`slice ${this.#plan.slices[index]}`]![at] = slice.indexOf(sliceText(cell));
    }
    this.#rows += 1;
    this.good += 1;
  }

  #putSide(side: 'challenger' | 'champion', { predicted, probabilities }: Answers, row: number): void {
    const width = this.#plan.classes.length;
    this.#columns[`${side}.predicted`]![this.#rows] = predicted[row] as number;
    if (!probabilities) return;
    const scores = this.#columns[`${side}.probabilities`] as Float32Array;
    scores.set(probabilities.subarray(row * width, (row + 1) * width), this.#rows * width);
  }
}

const isEmpty = (cell: string): boolean => sliceText(cell) === '';

/** The index of a class; undefined where it is none. */
function classOf(classes: readonly string[]): (cell: string) => number | undefined {
  const index = new ClassIndex(classes);
  return (cell) => {
    const found = index.of(cell);
    return found < 0 ? undefined : found;
  };
}

/** A finite number; undefined for all else. */
function targetOf(cell: string): number | undefined {
  const number = jsonNumberOf(cell.trim());
  const target = number === undefined ? Number.NaN : Number(number);
  return Number.isFinite(target) ? target : undefined;
}
