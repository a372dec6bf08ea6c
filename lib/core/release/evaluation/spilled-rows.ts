import { createHash } from 'node:crypto';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { evaluatedRows } from './evaluated.ts';
import type { EvaluationWorld } from './evaluation.ts';
import type { EvaluationPlan } from './plan.ts';
import type { EvaluationReceipt } from './receipt.ts';
import { SamplePositions } from './sample-positions.ts';
import { SliceValues } from './slice-values.ts';
import { type Block, columnsOf, type Columns, decodeBlocks, newColumns, notASpill } from './spill.ts';

type Store = Pick<EvaluationWorld['store'], 'read'>;

/** A block, with the texts of all slices that its shard has so far. */
export interface SpilledBlock extends Block {
  readonly known: Readonly<Record<string, readonly string[]>>;
}

/** All blocks of all shards, in order. Throws `store.corrupt` where a spill is not what its receipt says. */
export async function* spilledBlocks(
  store: Store,
  plan: EvaluationPlan,
  receipts: readonly EvaluationReceipt[],
): AsyncGenerator<SpilledBlock, void, undefined> {
  for (const { spill, good } of receipts) {
    if (!spill) continue;
    const hash = createHash('sha256');
    const known: Record<string, string[]> = Object.fromEntries(plan.slices.map((name) => [name, []]));
    let rows = 0;
    for await (const block of decodeBlocks(plan, spill.key, hashed(store.read(spill.key), hash))) {
      for (const [name, values] of Object.entries(block.values)) known[name]?.push(...values);
      rows += block.rows;
      yield { ...block, known };
    }
    if (hash.digest('hex') !== spill.sha256 || rows !== good) throw notASpill(spill.key);
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: { update(bytes: Uint8Array): unknown }) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Puts the rows of blocks together, all of them or a sample: what comes of it depends on nothing but their places. */
export class GatheredRows {
  readonly #plan: EvaluationPlan;
  readonly #positions: SamplePositions;
  readonly #columns: Columns;
  readonly #slices: readonly SliceValues[];
  #seen = 0;
  #count = 0;

  /** `most` of `total` rows. */
  constructor(plan: EvaluationPlan, total: number, most: number) {
    this.#plan = plan;
    this.#positions = new SamplePositions(total, most);
    const { hash: _, ...columns } = newColumns(plan, Math.min(total, most));
    this.#columns = columns;
    this.#slices = plan.slices.map((name) => new SliceValues(name));
  }

  add(block: SpilledBlock): void {
    const taken = this.#positions.within(this.#seen, this.#seen + block.rows);
    for (const { name, width } of columnsOf(this.#plan)) {
      if (name in this.#columns && !name.startsWith('slice ')) this.#copy(name, width, block, taken);
    }
    for (const [index, slice] of this.#slices.entries()) this.#number(slice, index, block, taken);
    this.#seen += block.rows;
    this.#count += taken?.length ?? block.rows;
  }

  result(): EvaluatedRows {
    const values = this.#slices.map((slice, index) => [this.#plan.slices[index], slice.values]);
    return evaluatedRows(this.#plan, this.#count, this.#columns, Object.fromEntries(values));
  }

  #copy(name: string, width: number, { columns, rows }: Block, taken: readonly number[] | undefined): void {
    const [from, to] = [columns[name], this.#columns[name]] as [Float64Array, Float64Array];
    const at = this.#count * width;
    if (!taken) to.set(from.subarray(0, rows * width), at);
    else taken.forEach((row, index) => to.set(from.subarray(row * width, (row + 1) * width), at + index * width));
  }

  /** The texts of all shards are numbered anew, as they come. */
  #number(slice: SliceValues, index: number, { columns, rows, known }: SpilledBlock, taken?: readonly number[]): void {
    const name = this.#plan.slices[index] as string;
    const from = columns[`slice ${name}`] as Uint16Array;
    const to = this.#columns[`slice ${name}`] as Uint16Array;
    const numbers = (known[name] ?? []).map((value) => slice.indexOf(value));
    const count = taken?.length ?? rows;
    for (let i = 0; i < count; i++)
      to[this.#count + i] = numbers[from[taken ? (taken[i] as number) : i] as number] as number;
  }
}
