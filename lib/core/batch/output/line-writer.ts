import type { Tensor } from '../../model/tensor.ts';
import type { BadRow, RowBatch } from '../../scoring/rows.ts';
import type { PartWriter } from '../world.ts';
import { LineOrder } from './line-order.ts';
import { PartBytes } from './part-bytes.ts';

const NEWLINE = 0x0a;

/** What makes the lines of one format. */
export interface LineFormat {
  /** Called once for each batch, before its rows; writes a heading before the first, where there is one. Throws `batch.outputs`. */
  begin(out: PartBytes, batch: RowBatch, outputs: readonly Tensor[]): void;
  /** One row, without the end of its line. */
  row(out: PartBytes, batch: RowBatch, outputs: readonly Tensor[], row: number): void;
}

/** A line for each good row; aligned, an empty one for each bad row, at its place. */
export class LineWriter implements PartWriter {
  readonly #format: LineFormat;
  readonly #order: LineOrder | undefined;
  readonly #out = new PartBytes();

  constructor(format: LineFormat, aligned: boolean) {
    this.#format = format;
    this.#order = aligned ? new LineOrder() : undefined;
  }

  write(batch: RowBatch, outputs: readonly Tensor[]): void {
    const [format, out, order] = [this.#format, this.#out, this.#order];
    format.begin(out, batch, outputs);
    for (let row = 0; row < batch.rows; row++) {
      if (order) this.#empty(order.beforeGood());
      format.row(out, batch, outputs, row);
      out.byte(NEWLINE);
    }
  }

  bad({ row }: BadRow): void {
    this.#order?.bad(row);
  }

  take(): Uint8Array {
    return this.#out.take();
  }

  end(): Uint8Array {
    if (this.#order) this.#empty(this.#order.beforeEnd());
    return this.#out.take();
  }

  #empty(lines: number): void {
    for (let line = 0; line < lines; line++) this.#out.byte(NEWLINE);
  }
}
