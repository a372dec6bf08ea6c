import type { Cell } from '../capture/captured.ts';

/** Numbers with more values than this are put into quarters; texts have so many values at most. */
const MOST_VALUES = 20;

const MISSING = '(missing)';
const OTHERS = '(others)';

/**
 * What the rows are grouped by: a text or one of a few numbers as it is; of many numbers the quarter of the rows that it is
 * in; of many texts the most frequent ones, and the others together.
 */
export function groupsOf(cells: readonly (Cell | undefined)[]): string[] {
  const present = cells.filter((cell) => cell !== null && cell !== undefined);
  const distinct = new Set(present);
  if (distinct.size <= MOST_VALUES) return cells.map(textOf);
  const numbers = present.filter((cell) => typeof cell === 'number');
  return numbers.length === present.length ? quarters(cells, numbers) : frequent(cells);
}

const textOf = (cell: Cell | undefined): string => (cell === null || cell === undefined ? MISSING : String(cell));

/** By the quartiles, each end in the group below it. */
function quarters(cells: readonly (Cell | undefined)[], numbers: readonly number[]): string[] {
  const sorted = Float64Array.from(numbers).sort();
  const ends = [...new Set([0.25, 0.5, 0.75].map((share) => sorted[Math.ceil(share * sorted.length) - 1] as number))];
  const nameOf = (cell: number): string => {
    const above = ends.findIndex((end) => cell <= end);
    if (above === 0) return `up to ${ends[0]}`;
    return above === -1 ? `over ${ends.at(-1)}` : `over ${ends[above - 1]}, up to ${ends[above]}`;
  };
  return cells.map((cell) => (typeof cell === 'number' ? nameOf(cell) : MISSING));
}

function frequent(cells: readonly (Cell | undefined)[]): string[] {
  const texts = cells.map(textOf);
  const counts = [...Map.groupBy(texts, (text) => text)].map(([text, all]) => [text, all.length] as const);
  const ranked = counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const kept = new Set(ranked.slice(0, MOST_VALUES).map(([text]) => text));
  return texts.map((text) => (kept.has(text) ? text : OTHERS));
}
