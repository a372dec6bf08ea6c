/** Distinct values that are counted one by one. */
export const MAX_VALUES = 32;

/** A power of two with room for twice as many, so that looking for one ends soon. */
const SLOTS = 64;

/** Exact counts of values, as long as there are few different ones. */
export class FewValues {
  /** Undefined once there were more. */
  #table: Table | undefined = tableOf();

  /** A finite value that is not -0. False: there are too many different ones, and none is counted any more. */
  add(value: number, times = 1): boolean {
    const table = this.#table;
    if (!table) return false;
    const { values, counts } = table;
    double[0] = value;
    let slot = (Math.imul((words[0] as number) ^ Math.imul(words[1] as number, 0x85ebca6b), 0x9e3779b1) >>> 26) | 0;
    while (counts[slot] !== 0 && values[slot] !== value) slot = (slot + 1) % SLOTS;
    if (counts[slot] === 0) {
      if (table.size === MAX_VALUES) {
        this.#table = undefined;
        return false;
      }
      table.size++;
      values[slot] = value;
    }
    counts[slot] = (counts[slot] as number) + times;
    return true;
  }

  /** Puts another's values to these. */
  addAll(other: FewValues): void {
    const entries = other.entries();
    if (!entries) this.forget();
    else for (const [value, times] of entries) if (!this.add(value, times)) return;
  }

  forget(): void {
    this.#table = undefined;
  }

  /** Values, ascending, with their counts; undefined where there were too many. */
  entries(): [number, number][] | undefined {
    const table = this.#table;
    if (!table) return undefined;
    const used = [...table.counts.keys()].filter((slot) => table.counts[slot] !== 0);
    return used
      .map((slot): [number, number] => [table.values[slot] as number, table.counts[slot] as number])
      .sort(([a], [b]) => a - b);
  }

  get byteLength(): number {
    return this.#table ? 2 * this.#table.values.byteLength : 0;
  }
}

interface Table {
  readonly values: Float64Array;
  /** 0: the slot is free. */
  readonly counts: Float64Array;
  size: number;
}

const tableOf = (): Table => ({ values: new Float64Array(SLOTS), counts: new Float64Array(SLOTS), size: 0 });

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
