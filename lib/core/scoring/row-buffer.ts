import { allocate, type TensorData } from '../model/datatypes.ts';
import { elementCount, type Tensor } from '../model/tensor.ts';
import type { InputColumns, RowLayout } from './layout.ts';
import type { RowBatch } from './rows.ts';

/** Where rows of one input go. */
export interface InputStore extends InputColumns {
  /** Of a row. */
  readonly elements: number;
  readonly data: TensorData;
}

/** The memory of one tensor batch, which is filled row by row and then used again. */
export class RowBuffer {
  readonly inputs: readonly InputStore[];
  readonly kept: readonly string[][];
  readonly capacity: number;
  rows = 0;

  constructor(layout: RowLayout, capacity: number) {
    this.capacity = capacity;
    this.kept = layout.kept.map(() => []);
    this.inputs = layout.inputs.map((columns) => {
      const elements = elementCount(columns.rowShape);
      return { ...columns, elements, data: allocate(columns.input.datatype, capacity * elements) };
    });
  }

  /** The rows so far; those behind them begin from the first again. Where the model's first dimension is fixed, the last row fills it up. */
  take(): RowBatch {
    const { rows } = this;
    this.rows = 0;
    return {
      inputs: this.inputs.map((store) => this.tensorOf(store, rows)),
      rows,
      kept: this.kept.map((texts) => texts.slice(0, rows)),
    };
  }

  private tensorOf({ input, rowShape, elements, data }: InputStore, rows: number): Tensor {
    const fixed = input.shape[0] !== -1;
    if (fixed) repeatLast(data, rows * elements, elements);
    const all = fixed ? this.capacity : rows;
    return { datatype: input.datatype, shape: [all, ...rowShape], data: firstOf(data, all * elements) };
  }
}

function repeatLast(data: TensorData, end: number, elements: number): void {
  for (let at = end; at < data.length; at += elements) {
    if (Array.isArray(data)) for (let i = 0; i < elements; i++) data[at + i] = data[end - elements + i] as string;
    else data.copyWithin(at, end - elements, end);
  }
}

const firstOf = (data: TensorData, length: number): TensorData =>
  data.length === length ? data : Array.isArray(data) ? data.slice(0, length) : data.subarray(0, length);
