import type { describeMachine } from '../machine.ts';
import type { Stamp } from '../stamp.ts';

/** Accuracy on rows that were held out, by seed; each seed is another split. */
interface Splits {
  readonly accuracy: readonly number[];
  /** Of one training, the median. */
  readonly seconds: number;
}

/** `bench/results/trainers-keras.json`. */
export interface KerasResult {
  readonly stamp: Stamp;
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  /** All 1,797 digits of 8x8; a fifth of them tests. */
  readonly dense: { readonly epochs5: Splits; readonly epochs20: Splits };
  /** Digits of 8x8, scaled up to 128x128x3 within the net. `heldout`: of rows that are no part of the training. */
  readonly cnn: {
    readonly epochs: number;
    readonly learned: number;
    readonly test: number;
    readonly heldout: number;
    readonly rows: number;
    readonly seconds: number;
  };
  /** Whether a second training with the same seed left the same metrics and the same model, byte by byte. */
  readonly again: { readonly dense: boolean; readonly cnn: boolean };
  /** Accuracy on held-out digits from 5 to 9 of nets that have learned from a few of them, by seed. */
  readonly transfer: {
    /** Pictures. */
    readonly learned: number;
    readonly rows: number;
    readonly alone: readonly number[];
    readonly transferred: readonly number[];
  };
  /** Accuracy of a small net, by seed, that has learned from labels alone, and from a teacher's answers besides. */
  readonly distillation: {
    readonly units: number;
    readonly teacher: readonly number[];
    readonly alone: readonly number[];
    readonly taught: readonly number[];
  };
}

export const LIMITS = { dense: 0.97, cnn: 0.9 };

export const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, each) => sum + (each - mean(values)) ** 2, 0) / (values.length - 1));

/** Claims of the README that are not so. */
export function broken({ dense, cnn, again }: KerasResult): string[] {
  const claims: readonly (readonly [string, boolean])[] = [
    [`the dense net reaches ${LIMITS.dense} as the mean of five splits`, mean(dense.epochs20.accuracy) >= LIMITS.dense],
    [`the net of convolutions reaches ${LIMITS.cnn}`, cnn.heldout >= LIMITS.cnn],
    ['the same seed gives the same bytes', again.dense && again.cnn],
  ];
  return claims.filter(([, holds]) => !holds).map(([claim]) => claim);
}

const share = (values: readonly number[]): string =>
  `${mean(values).toFixed(4)} (standard deviation ${deviation(values).toFixed(4)})`;

export function renderTable({ dense, cnn, transfer, distillation }: KerasResult): string {
  const { epochs5, epochs20 } = dense;
  const rows: readonly (readonly [string, string, string])[] = [
    ['measured', 'accuracy on rows that it has not seen', 'seconds'],
    ['dense, 8x8, 5 epochs, mean of 5 splits', share(epochs5.accuracy), epochs5.seconds.toFixed(0)],
    ['dense, 8x8, 20 epochs, mean of 5 splits', share(epochs20.accuracy), epochs20.seconds.toFixed(0)],
    [`cnn, 128x128x3, ${cnn.epochs} epochs, ${cnn.rows} rows`, cnn.heldout.toFixed(4), cnn.seconds.toFixed(0)],
    [`cnn, digits 5 to 9, from ${transfer.learned} pictures`, share(transfer.alone), ''],
    ['the same on the layers of a net of the digits 0 to 4', share(transfer.transferred), ''],
    [`dense with ${distillation.units} units, 20 epochs, 5 splits`, share(distillation.alone), ''],
    ['the same with a teacher of 128 units', share(distillation.taught), ''],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->'];

/** The page with the table between its marks. */
export function renderReadme(page: string, result: KerasResult): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  const { cpu, cores } = result.machine;
  const where = `On ${cores} cores of ${cpu}, without a GPU; \`npm run bench:trainers-keras\` measures it again.`;
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderTable(result)}\n\n${where}\n\n${page.slice(end)}`;
}
