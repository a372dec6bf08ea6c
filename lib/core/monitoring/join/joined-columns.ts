import type { Manifest } from '../../model/manifest.ts';
import type { CapturedEvent, Cell } from '../capture/captured.ts';
import { elementNames } from '../features/element-names.ts';

/** A column of what a model gets: where its cells are in a captured event. */
export interface JoinedColumn {
  readonly name: string;
  /** In the signature. */
  readonly input: string;
  readonly element: number;
  /** As capture calls it, where it was redacted: the tensor, or the element of it. */
  readonly field: string;
}

/** Columns of a version's inputs, named as its training rows name them. Undefined where an input is too large to be columns. */
export function joinedColumns({ signature, baseline }: Manifest): JoinedColumn[] | undefined {
  const columns = signature.inputs.map((spec) => {
    const names = elementNames(spec, baseline?.profile?.columns?.[spec.name]);
    return names?.map((name, element) => ({
      name,
      input: spec.name,
      element,
      field: names.length === 1 ? spec.name : `${spec.name}[${element}]`,
    }));
  });
  return columns.every((each) => each !== undefined) ? columns.flat() : undefined;
}

/** Whether nothing is left of a column: such cells say nothing of any row. */
export const isRemoved = ({ redacted = {} }: CapturedEvent, { input, field }: JoinedColumn): boolean =>
  [redacted[input], redacted[field]].some((redaction) => redaction === 'drop' || redaction === 'mask');

/** The cells of a row, in the order of the columns. Undefined where the event has not just these. */
export function cellsOf(event: CapturedEvent, columns: readonly JoinedColumn[], row: number): Cell[] | undefined {
  const cells: Cell[] = [];
  for (const { input, element } of columns) {
    const tensor = event.inputs.find(({ name }) => name === input);
    const width = tensor?.data === undefined ? 0 : tensor.data.length / event.rows;
    if (element >= width) return undefined;
    cells.push(tensor?.data?.[row * width + element] ?? null);
  }
  return cells;
}
