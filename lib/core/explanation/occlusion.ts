import type { Ask } from './ask.ts';
import { type Fill, hiding, type Picture } from './hiding.ts';

export interface OcclusionOptions {
  /** Side of a patch, pixels. @default - an eighth of the shorter side, rounded up, and 2 at least */
  readonly patch?: number | undefined;
  /** Patches overlap by half. @default false */
  readonly overlap?: boolean | undefined;
  /** What hides a patch. @default 'mean' */
  readonly fill?: Fill | undefined;
}

/** What a picture loses where it is hidden, for one output. */
interface Heat {
  readonly prediction: number;
  /**
   * By cell, row by row: by how much the output is less where the cell is hidden, the mean over the patches that hide it.
   * Negative where it is more.
   */
  readonly drops: Float64Array;
}

export interface HeatMap {
  /** Side of a patch, and of a cell, pixels: a cell at the right or the lower end may be smaller. */
  readonly patch: number;
  readonly cell: number;
  /** Of cells. */
  readonly rows: number;
  readonly columns: number;
  readonly evaluations: number;
  readonly outputs: readonly Heat[];
}

/** Patches of a picture, and the cells that they are made of. */
interface Grid extends Pick<HeatMap, 'patch' | 'cell' | 'rows' | 'columns'> {
  readonly tops: readonly number[];
  readonly lefts: readonly number[];
}

function gridOf({ height, width }: Picture, { patch, overlap = false }: OcclusionOptions): Grid {
  const side = Math.min(patch ?? Math.max(2, Math.ceil(Math.min(height, width) / 8)), height, width);
  const cell = overlap ? Math.max(1, side >> 1) : side;
  const starts = (length: number): number[] =>
    Array.from({ length: Math.ceil((length - side) / cell) + 1 }, (_, index) => index * cell);
  const [rows, columns] = [Math.ceil(height / cell), Math.ceil(width / cell)];
  return { patch: side, cell, rows, columns, tops: starts(height), lefts: starts(width) };
}

/** Rows that the model is asked for one picture. */
export function evaluationsOf(picture: Picture, options: OcclusionOptions): number {
  const { tops, lefts } = gridOf(picture, options);
  return tops.length * lefts.length + 1;
}

/** Numbers of the rows that one call of the model has, at most. */
const PIECE = 2 ** 18;

/** Hides a picture patch by patch, and sees what the model says less for it (Zeiler and Fergus 2014). */
export async function occlude(
  ask: Ask,
  row: Float64Array,
  picture: Picture,
  options: OcclusionOptions,
): Promise<HeatMap> {
  const grid = gridOf(picture, options);
  const hide = hiding(row, picture, options.fill ?? 'mean', grid.patch);
  const patches = grid.tops.flatMap((top) => grid.lefts.map((left) => ({ top, left })));
  const full = await ask(row, 1);
  const most = Math.max(1, Math.floor(PIECE / row.length));
  const drops = Array.from(full, () => new Float64Array(patches.length));
  for (let start = 0; start < patches.length; start += most) {
    const piece = patches.slice(start, start + most);
    const rows = new Float64Array(piece.length * row.length);
    for (const [index, { top, left }] of piece.entries())
      rows.set(hide({ top, left, bottom: top + grid.patch, right: left + grid.patch }), index * row.length);
    const answers = await ask(rows, piece.length);
    for (const [at, answer] of answers.entries()) {
      const output = at % full.length;
      drops[output]![start + Math.floor(at / full.length)] = full[output]! - answer;
    }
  }
  const { patch, cell, rows, columns } = grid;
  const outputs = Array.from(full, (prediction, output) => ({ prediction, drops: byCell(drops[output]!, grid) }));
  return { patch, cell, rows, columns, evaluations: patches.length + 1, outputs };
}

/** From the drop of each patch. */
function byCell(drops: Float64Array, { tops, lefts, patch, cell, rows, columns }: Grid): Float64Array {
  const [sums, counts] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  for (const [index, drop] of drops.entries()) {
    const top = tops[Math.floor(index / lefts.length)]!;
    const left = lefts[index % lefts.length]!;
    for (let row = top / cell; row < rows && row * cell < top + patch; row++) {
      for (let column = left / cell; column < columns && column * cell < left + patch; column++) {
        sums[row * columns + column]! += drop;
        counts[row * columns + column]! += 1;
      }
    }
  }
  return sums.map((sum, at) => sum / counts[at]!);
}
