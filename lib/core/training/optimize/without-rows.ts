import { concatenateRows, splitRows, type Tensor } from '../../model/tensor.ts';
import type { Format, RowsRequest } from '../../scoring/format.ts';
import type { RowBatch, RowEvent } from '../../scoring/rows.ts';
import type { InputFormat } from '../../scoring/shard.ts';
import { rowNames } from './row-names.ts';

type Formats = Readonly<Record<InputFormat, Format>>;

/** Formats of tables that pass over rows, by what is in them: a row is left out wherever it lies, and however often. */
export function withoutRows({ csv, jsonl, parquet, objects }: Formats, isLeftOut: (name: string) => boolean): Formats {
  const passing = (format: Format): Format => ({
    survey: (source) => format.survey(source),
    cut: (source, options) => format.cut(source, options),
    count: (source, part) => format.count(source, part),
    rows: (source, request) => without(format.rows(source, request), isLeftOut, request),
  });
  return { csv: passing(csv), jsonl: passing(jsonl), parquet: passing(parquet), objects };
}

async function* without(
  events: AsyncIterable<RowEvent>,
  isLeftOut: (name: string) => boolean,
  { layout }: RowsRequest,
): AsyncGenerator<RowEvent, void, undefined> {
  const fixed = layout.inputs.map(({ input }) => input.shape[0] !== -1);
  for await (const event of events) {
    if ('bad' in event) {
      yield event;
      continue;
    }
    const { inputs, rows } = event.batch;
    const names = rowNames(inputs, rows);
    const left = [...names.keys()].filter((row) => !isLeftOut(names[row] as string));
    if (left.length === names.length) yield event;
    else if (left.length > 0) yield { batch: taken(event.batch, left, fixed) };
  }
}

/** Some rows of a batch, filled up with the last of them where the first dimension is fixed. */
function taken({ inputs, kept }: RowBatch, rows: readonly number[], fixed: readonly boolean[]): RowBatch {
  const take = (tensor: Tensor, isFixed: boolean): Tensor => {
    const all = tensor.shape[0] as number;
    const single = splitRows(
      tensor,
      Array.from({ length: all }, () => 1),
    );
    const count = isFixed ? all : rows.length;
    return concatenateRows(
      Array.from({ length: count }, (_, at) => single[rows[Math.min(at, rows.length - 1)] as number] as Tensor),
    );
  };
  return {
    inputs: inputs.map((tensor, index) => take(tensor, fixed[index] as boolean)),
    rows: rows.length,
    kept: kept.map((texts) => rows.map((row) => texts[row] as string)),
  };
}
