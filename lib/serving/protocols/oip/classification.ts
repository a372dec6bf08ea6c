import type { Tensor } from '#core/model/tensor.ts';
import { dataText } from './data-text.ts';
import { halfToNumber } from '#core/model/halves.ts';

/**
 * The `classes` largest of each row, as BYTES of `value:index` or `value:index:label`, largest first and the earlier of
 * equals first; NaN comes last. The first dimension counts rows, the others classes; one dimension is one row.
 */
export function classify(tensor: Tensor, classes: number, labels: readonly string[] | undefined): Tensor {
  const { shape, data } = tensor;
  const rows = shape.length > 1 ? (shape[0] as number) : 1;
  const width = rows === 0 ? 0 : data.length / rows;
  const kept = Math.min(classes, width);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) texts.push(...classifyRow(tensor, row * width, width, kept, labels));
  return { datatype: 'BYTES', shape: shape.length > 1 ? [rows, kept] : [kept], data: texts };
}

function classifyRow(tensor: Tensor, start: number, width: number, kept: number, labels?: readonly string[]): string[] {
  const data = tensor.data.slice(start, start + width) as Float32Array;
  const values = tensor.datatype === 'FP16' ? Float32Array.from(data, halfToNumber) : data;
  const order = Array.from(values.keys()).sort((a, b) => compare(values[a] as number, values[b] as number) || a - b);
  return order.slice(0, kept).map((index) => {
    const value = dataText({ datatype: tensor.datatype, shape: [1], data: data.slice(index, index + 1) });
    const label = labels?.[index];
    return label === undefined ? `${value}:${index}` : `${value}:${index}:${label}`;
  });
}

/** Descending, NaN last. Plain comparison, as the values may be BigInt. */
function compare(a: number, b: number): number {
  if (a !== a || b !== b) return Number(a !== a) - Number(b !== b);
  return a > b ? -1 : Number(a < b);
}
