import { invalid, type OnnwardError } from '../../errors.ts';
import type { TensorSpec } from '../../model/signature.ts';
import { elementCount, type Tensor, typeOf } from '../../model/tensor.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { OutputShape } from '../world.ts';

/** The names of the kept columns; one that is called as an output is becomes `input.<name>`. */
export function keptNames({ kept, signature }: Pick<OutputShape, 'kept' | 'signature'>): string[] {
  const taken = new Set([...signature.outputs.map(({ name }) => name), ...kept]);
  const outputs = new Set(signature.outputs.map(({ name }) => name));
  return kept.map((name) => {
    let free = name;
    while (outputs.has(free) || (free !== name && taken.has(free))) free = `input.${free}`;
    return free;
  });
}

/** Whether a row of the output is one element, by its declaration: so it is with every batch, or with none. */
export const isScalar = ({ shape }: TensorSpec): boolean => shape.slice(1).every((size) => size === 1);

/** The dimensions of one row. Throws `batch.outputs` where the output has not a row for each row of the inputs. */
export function rowShapeOf({ name }: TensorSpec, tensor: Tensor | undefined, batch: RowBatch): readonly number[] {
  const rows = batch.inputs[0]?.shape[0] ?? batch.rows;
  if (tensor && tensor.shape[0] === rows && batch.rows <= rows) return tensor.shape.slice(1);
  const what = tensor ? `is ${typeOf(tensor)}` : 'was not computed';
  throw refusal(`Output '${name}' ${what}: it has not a row for each of ${rows} rows of the inputs.`, name);
}

/** Names of the cells of an output's row, where each element is a cell: by class where there are names of these, else by number. */
export function cellNames(spec: TensorSpec, rowShape: readonly number[], labels: OutputShape['labels']): string[] {
  const { name } = spec;
  if (isScalar(spec)) return [name];
  const classes = labels?.[name];
  if (classes && rowShape.length === 1 && rowShape[0] === classes.length)
    return classes.map((each) => `${name}.${each}`);
  return rowShape.reduce<string[]>(
    (names, size) => names.flatMap((each) => Array.from({ length: size }, (_, index) => `${each}.${index}`)),
    [name],
  );
}

/** Elements of a row, which are to be as many as in the rows before. Throws `batch.outputs`. */
export function expectWidth({ name }: TensorSpec, rowShape: readonly number[], width: number): void {
  const now = elementCount(rowShape);
  if (now === width) return;
  throw refusal(`Output '${name}' has ${now} elements a row, and had ${width} before: that makes no table.`, name);
}

const refusal = (message: string, output: string): OnnwardError =>
  invalid('batch.outputs', message, {
    fix: "Write JSONL ('format': 'jsonl') if only the length of rows differs; else export the model with outputs whose first dimension is that of the rows.",
    fields: { output },
  });
