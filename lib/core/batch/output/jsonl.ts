import type { Tensor } from '../../model/tensor.ts';
import type { RowBatch } from '../../scoring/rows.ts';
import type { OutputShape, PartWriter } from '../world.ts';
import { expectWidth, isScalar, keptNames, rowShapeOf } from './columns.ts';
import { type LineFormat, LineWriter } from './line-writer.ts';
import type { PartBytes } from './part-bytes.ts';
import { type RunWriter, runWriter } from './runs.ts';
import { writeJsonText } from './text-cells.ts';

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * An object a row, in UTF-8: the kept columns, then each output by its name, a value where a row of it is declared to be one
 * element, else a list, nested by the row's shape. A float that is no number is `null`.
 */
export const jsonlWriter = (shape: OutputShape): PartWriter => new LineWriter(new JsonLines(shape), shape.aligned);

interface Member {
  /** What stands before the value: the opening brace or a comma, and the key. */
  readonly key: Buffer;
  readonly write: RunWriter;
  readonly scalar: boolean;
}

class JsonLines implements LineFormat {
  readonly #specs: OutputShape['signature']['outputs'];
  readonly #keptKeys: readonly Buffer[];
  readonly #members: readonly Member[];
  #shapes: readonly (readonly number[])[] = [];

  constructor(shape: OutputShape) {
    this.#specs = shape.signature.outputs;
    const kept = keptNames(shape);
    const keys = [...kept, ...this.#specs.map(({ name }) => name)].map((name, index) =>
      Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    );
    this.#keptKeys = keys.slice(0, kept.length);
    this.#members = this.#specs.map((spec, index) => ({
      key: keys[kept.length + index]!,
      write: runWriter(spec.datatype, 'jsonl'),
      scalar: isScalar(spec),
    }));
  }

  begin(_: PartBytes, batch: RowBatch, outputs: readonly Tensor[]): void {
    this.#shapes = this.#specs.map((spec, index) => rowShapeOf(spec, outputs[index], batch));
    for (const [index, spec] of this.#specs.entries()) if (isScalar(spec)) expectWidth(spec, this.#shapes[index]!, 1);
  }

  row(out: PartBytes, { kept }: RowBatch, outputs: readonly Tensor[], row: number): void {
    for (let column = 0; column < kept.length; column++) {
      out.append(this.#keptKeys[column]!);
      writeJsonText(out, kept[column]![row]!);
    }
    for (let index = 0; index < this.#members.length; index++) {
      const { key, write, scalar } = this.#members[index]!;
      const { data } = outputs[index]!;
      out.append(key);
      if (scalar) write(out, data, row, row + 1);
      else writeList(out, write, data, this.#shapes[index]!, row);
    }
    out.byte(CLOSE_OBJECT);
  }
}

/** Item `index` of what `shape` divides the data into: a list of the elements, or of lists. */
function writeList(
  out: PartBytes,
  write: RunWriter,
  data: Tensor['data'],
  shape: readonly number[],
  index: number,
): void {
  out.byte(OPEN);
  const [size = 0, ...rest] = shape;
  if (rest.length === 0) write(out, data, index * size, (index + 1) * size);
  for (let item = 0; rest.length > 0 && item < size; item++) {
    if (item > 0) out.byte(COMMA);
    writeList(out, write, data, rest, index * size + item);
  }
  out.byte(CLOSE);
}
