import type { describeMachine } from '../machine.ts';
import type { Stamp } from '../stamp.ts';
import type { ExportDifference } from './export-difference.ts';

interface Measures {
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
}

/** `bench/results/trainers-pytorch.json`. */
export interface PytorchResult {
  readonly stamp: Stamp;
  readonly date: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly one: {
    readonly seconds: number;
    readonly epochs: number;
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Whether all files are the same, byte by byte. */
  readonly again: { readonly same: boolean };
  /** `relative`: the largest difference of a prediction of held-out rows, of one process's. */
  readonly two: { readonly seconds: number; readonly rmse: number; readonly relative: number };
  readonly killed: { readonly after: number; readonly from: number; readonly seconds: number; readonly same: boolean };
  readonly export: ExportDifference;
  /** On held-out rows: means over splits of the others. `better`: of how many of them the network has the lower RMSE. */
  readonly quality: {
    readonly splits: number;
    readonly rows: number;
    readonly network: Measures;
    readonly linear: Measures;
    readonly better: number;
  };
}

/** What may differ between one process and two, and between PyTorch and ONNX Runtime: sums of 32 bits in another order. */
const RELATIVE = 1e-4;

/** Share of the line's error that a network may have more, which a row or two decide. */
const NO_WORSE = 0.02;

/** Claims of the README that are not so. */
export function broken({ again, two, killed, export: exported, quality }: PytorchResult): string[] {
  const claims: readonly (readonly [string, boolean])[] = [
    ['the same seed gives the same bytes', again.same],
    [`two processes predict what one does, within ${RELATIVE}`, two.relative <= RELATIVE],
    ['a killed training ends with the same bytes', killed.same && killed.from > 0],
    [`ONNX Runtime answers what PyTorch does, within ${RELATIVE}`, exported.relative <= RELATIVE],
    ['the network is no worse than a line', quality.network.rmse <= (1 + NO_WORSE) * quality.linear.rmse],
  ];
  return claims.filter(([, holds]) => !holds).map(([claim]) => claim);
}

export function renderTable({ one, two, killed, export: exported, quality }: PytorchResult): string {
  const rows: readonly (readonly [string, string])[] = [
    ['measured', 'result'],
    ['one process, 60 epochs, packages loaded and model exported', `${one.seconds.toFixed(1)} s`],
    ['the same again', 'the same bytes'],
    [
      'two processes (gloo)',
      `${two.seconds.toFixed(1)} s; predictions of held-out rows off by ${two.relative.toExponential(1)} at most, relative`,
    ],
    [
      `killed after epoch ${killed.after}, its disk lost but for the checkpoints`,
      `goes on after epoch ${killed.from}; the same bytes`,
    ],
    [
      `ONNX Runtime (Node) against PyTorch, ${exported.questions} rows`,
      `off by ${exported.relative.toExponential(1)} at most, relative`,
    ],
    [`RMSE on ${quality.rows} held-out rows, mean of ${quality.splits} splits of the others`, scores(quality.network)],
    ['the same of a linear regression', scores(quality.linear)],
    ['splits of which the network has the lower RMSE', `${quality.better} of ${quality.splits}`],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const scores = ({ rmse, mae, r2 }: Measures): string =>
  `${rmse.toFixed(2)} (MAE ${mae.toFixed(2)}, R2 ${r2.toFixed(3)})`;

const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->'];

/** The page with the table between its marks. */
export function renderReadme(page: string, result: PytorchResult): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  const { cpu, cores, load } = result.machine;
  const where = `On ${cores} cores of ${cpu} at a load of ${load}, without a GPU; \`npm run bench:trainers-pytorch\` measures it again.`;
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderTable(result)}\n\n${where}\n\n${page.slice(end)}`;
}
