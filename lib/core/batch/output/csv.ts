import { elementCount, type Tensor } from '../../model/tensor.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { OutputShape, PartWriter } from '../world.ts';
import { cellNames, expectWidth, keptNames, rowShapeOf } from './columns.ts';
import { type LineFormat, LineWriter } from './line-writer.ts';
import type { PartBytes } from './part-bytes.ts';
import { type RunWriter, runWriter } from './runs.ts';
import { writeCsvText } from './text-cells.ts';

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const EMPTY = Buffer.from('""');

/**
 * CSV as RFC 4180 has it, in UTF-8, with LF at the end of a line: the kept columns, then each element of each output as a
 * cell. Every part has a heading, aligned ones none. A float that is no number is an empty cell; a lone empty cell is `""`, so
 * that no reader takes its line for none.
 */
export const csvWriter = (shape: OutputShape): PartWriter => new LineWriter(new CsvLines(shape), shape.aligned);

class CsvLines implements LineFormat {
  readonly #shape: OutputShape;
  readonly #runs: readonly RunWriter[];
  /** Elements of a row, by output; undefined before the first batch. */
  #widths: readonly number[] | undefined;

  constructor(shape: OutputShape) {
    this.#shape = shape;
    this.#runs = shape.signature.outputs.map(({ datatype }) => runWriter(datatype, 'csv'));
  }

  begin(out: PartBytes, batch: RowBatch, outputs: readonly Tensor[]): void {
    const specs = this.#shape.signature.outputs;
    const shapes = specs.map((spec, index) => rowShapeOf(spec, outputs[index], batch));
    if (this.#widths === undefined) {
      this.#widths = shapes.map(elementCount);
      if (!this.#shape.aligned) this.#heading(out, shapes);
    }
    for (const [index, spec] of specs.entries()) expectWidth(spec, shapes[index]!, this.#widths[index]!);
  }

  row(out: PartBytes, { kept }: RowBatch, outputs: readonly Tensor[], row: number): void {
    const [runs, widths] = [this.#runs, this.#widths!];
    const start = out.pending;
    let cells = 0;
    for (let column = 0; column < kept.length; column++) {
      if (cells++ > 0) out.byte(COMMA);
      writeCsvText(out, kept[column]![row]!);
    }
    for (let index = 0; index < runs.length; index++) {
      const width = widths[index]!;
      if (width === 0) continue;
      if (cells > 0) out.byte(COMMA);
      cells += width;
      runs[index]!(out, outputs[index]!.data, row * width, (row + 1) * width);
    }
    if (cells === 1 && out.pending === start) out.append(EMPTY);
  }

  #heading(out: PartBytes, shapes: readonly (readonly number[])[]): void {
    const { labels, signature } = this.#shape;
    const cells = signature.outputs.flatMap((spec, index) => cellNames(spec, shapes[index]!, labels));
    for (const [index, name] of [...keptNames(this.#shape), ...cells].entries()) {
      if (index > 0) out.byte(COMMA);
      writeCsvText(out, name);
    }
    out.byte(NEWLINE);
  }
}
