import { elementCount } from '../../model/tensor.ts';
import type { RowLayout } from '../../scoring/layout.ts';

/** Of each input that is made of a column for each of its elements, the names of the columns. */
export const columnsOf = ({ heading, inputs }: Pick<RowLayout, 'heading' | 'inputs'>): Record<string, string[]> =>
  Object.fromEntries(
    inputs
      .filter(({ columns, rowShape }) => columns.length === elementCount(rowShape))
      .map(({ input, columns }) => [input.name, columns.map((column) => heading[column] as string)]),
  );
