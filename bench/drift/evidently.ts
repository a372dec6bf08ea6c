/** What Evidently says of the same windows, at its defaults. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '#core/evaluation/statistics/random.ts';
import { type Quiet, quietMonth } from './alarms.ts';
import type { Columns } from './draw.ts';
import { FEATURES } from './features.ts';
import { powerOf, type Shifted } from './power.ts';

/** Rows that are handed over to Python, window by window. */
class Handover {
  readonly #folder = mkdtempSync(join(tmpdir(), 'onnward-drift-'));
  #baseline = 0;
  #rows = 0;
  #windows = -1;

  /** The baseline comes first. */
  add(columns: Columns): void {
    const rows = columns[0]!.length;
    if (this.#windows < 0) this.#baseline = rows;
    else this.#rows = rows;
    this.#windows++;
    for (const column of columns) {
      appendFileSync(this.#path('bin'), new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
  }

  /** The columns that drift, of each window. */
  drifted(): readonly (readonly string[])[] {
    const features = FEATURES.map(({ name, kind }) => ({ name, kind }));
    const spec = { features, baseline: this.#baseline, rows: this.#rows, windows: this.#windows };
    writeFileSync(this.#path('json'), JSON.stringify(spec));
    const script = join(import.meta.dirname, 'evidently_side.py');
    const output = execFileSync(python(), [script, this.#path('json'), this.#path('bin')], { maxBuffer: 2 ** 28 });
    rmSync(this.#folder, { recursive: true });
    return JSON.parse(output.toString()) as string[][];
  }

  #path = (extension: string): string => join(this.#folder, `rows.${extension}`);
}

function python(): string {
  const path = join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'evidently/bin/python');
  if (!existsSync(path)) throw new Error(`${path} is missing; run bench/drift/install.sh`);
  return path;
}

/** In how many of the windows without drift each says that there is some. */
export interface Beside {
  readonly baseline: number;
  readonly windows: number;
  readonly onnward: number;
  /** Any column drifts. */
  readonly anyColumn: number;
  /** Half of the columns do, which is Evidently's drift of the data set. */
  readonly halfOfColumns: number;
}

export function quietBeside(scenario: Quiet, seed: number): Beside {
  const handover = new Handover();
  const onnward = quietMonth(scenario, new Random(seed), (columns) => handover.add(columns));
  const drifted = handover.drifted();
  return {
    baseline: scenario.baseline,
    windows: drifted.length,
    onnward: onnward.windows,
    anyColumn: drifted.filter(({ length }) => length > 0).length,
    halfOfColumns: drifted.filter(({ length }) => length >= FEATURES.length / 2).length,
  };
}

export interface FoundBeside extends Shifted {
  readonly times: number;
  readonly onnward: number;
  /** The column drifts in one of the two windows. */
  readonly column: number;
  readonly halfOfColumns: number;
}

/** Each baseline is handed over by itself. */
const EACH = 4;

export function powerBeside(shifted: Shifted, times: number, seed: number): FoundBeside {
  const all = Array.from({ length: times / EACH }, (_, index) => besideOne(shifted, seed + index));
  const share = (of: keyof (typeof all)[number]) => all.reduce((sum, one) => sum + one[of], 0) / times;
  return {
    ...shifted,
    times,
    onnward: share('onnward'),
    column: share('column'),
    halfOfColumns: share('halfOfColumns'),
  };
}

/** How often of four times. */
function besideOne(shifted: Shifted, seed: number) {
  const handover = new Handover();
  const { found } = powerOf(shifted, EACH, seed, { each: EACH, onRows: (columns) => handover.add(columns) });
  const drifted = handover.drifted();
  const count = (is: (columns: readonly string[]) => boolean) =>
    drifted.filter((columns, window) => window % 2 === 1 && (is(columns) || is(drifted[window - 1]!))).length;
  return {
    onnward: found * EACH,
    column: count((columns) => columns.includes(shifted.feature)),
    halfOfColumns: count((columns) => columns.length >= FEATURES.length / 2),
  };
}
