import type { Distance, ShadowExample } from './documents.ts';
import type { RowPredictions } from './predictions.ts';

/** What the predictions of both are in. */
export interface Scale {
  readonly task: 'classification' | 'regression';
  /** Names, as far as they are told. Empty of a regression. */
  readonly classes: readonly string[];
}

/** Two values of a regression agree where they are no further apart than this share of the larger one. */
export const TOLERANCE = 0.05;

/** Characters of a class's name that a report tells. */
const NAME = 64;

/** What two answers to one request say. */
export interface Compared {
  readonly rows: number;
  readonly disagreed: number;
  /** From class to class, and how many rows; none of a regression. */
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  readonly distance: Distance;
  /** The first row that is another one. @default - all agree */
  readonly example?: Pick<ShadowExample, 'row' | 'from' | 'to'>;
}

/** Compares row by row. Rows of which the champion said no number are left out; the challenger's are another answer. */
export function compare(champion: RowPredictions, challenger: RowPredictions, scale: Scale): Compared {
  const moves: { from: string; to: string }[] = [];
  const distance = { count: 0, sum: 0, most: 0 };
  let [rows, disagreed] = [0, 0];
  let example: Compared['example'];
  for (let row = 0; row < champion.rows; row++) {
    if (champion.has[row] === 0) continue;
    rows++;
    const [from, to] = [said(champion, row, scale), said(challenger, row, scale)];
    if (scale.task === 'classification') moves.push({ from, to });
    if (!agrees(champion, challenger, row, scale)) {
      disagreed++;
      example ??= { row, from, to };
    }
    if (challenger.has[row] === 1) measure(champion, challenger, row, scale, distance);
  }
  return { rows, disagreed, moves, distance, ...(example && { example }) };
}

const valueOf = ({ predicted }: RowPredictions, row: number): number => predicted[row] as number;

function said(side: RowPredictions, row: number, { task, classes }: Scale): string {
  const value = valueOf(side, row);
  if (side.has[row] === 0) return 'no number';
  if (task === 'regression') return String(Number(value.toPrecision(6)));
  return (classes[value] ?? 'another class').slice(0, NAME);
}

function agrees(champion: RowPredictions, challenger: RowPredictions, row: number, { task }: Scale): boolean {
  if (challenger.has[row] === 0) return false;
  const [a, b] = [valueOf(champion, row), valueOf(challenger, row)];
  if (task === 'classification') return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

type Growing = { -readonly [Field in keyof Distance]: Distance[Field] };

/** Of each class's score, or of the value. */
function measure(
  champion: RowPredictions,
  challenger: RowPredictions,
  row: number,
  { task, classes }: Scale,
  distance: Growing,
): void {
  const [a, b] = [champion.probabilities, challenger.probabilities];
  if (task === 'regression') add(distance, valueOf(champion, row) - valueOf(challenger, row));
  else if (a && b) {
    const start = row * classes.length;
    for (let i = start; i < start + classes.length; i++) add(distance, (a[i] as number) - (b[i] as number));
  }
}

function add(distance: Growing, difference: number): void {
  const by = Math.abs(difference);
  distance.count++;
  distance.sum += by;
  distance.most = Math.max(distance.most, by);
}
