import type { Tensor } from '#core/model/tensor.ts';
import type { InputReader } from '#core/ports.ts';
import type { Format, Source } from '#core/scoring/format.ts';
import type { RowEvent } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import type { OutputShape, PartWriter } from '#core/batch/world.ts';

/** So that a few thousand rows are several shards. */
const PART_BYTES = 4000;

interface Line {
  readonly start: number;
  readonly text: string;
}

async function linesOf({ reader, input }: Source, part?: ShardPart): Promise<Line[]> {
  const text = await textOf(reader, input);
  const lines: Line[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    if (line !== '' && start > 0) lines.push({ start, text: line });
    start += line.length + 1;
  }
  if (part?.kind !== 'range') return lines;
  return lines.filter((line) => line.start >= part.start && line.start < part.end);
}

async function textOf(reader: InputReader, { key, size, version }: Source['input']): Promise<string> {
  return Buffer.concat(await Array.fromAsync(reader.read(key, { size, version }, 0, size))).toString('latin1');
}

const tensorOf = (rows: readonly (readonly number[])[]): Tensor => ({
  datatype: 'FP32',
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});

/**
 * A small format and its writer, for tests of jobs alone: a line of names, then lines of numbers with commas between. A
 * line that holds a letter is bad. It reads whole objects, and so is no example of a format.
 */
export const linesFormat: Format = {
  async survey(source) {
    const [heading = ''] = (await textOf(source.reader, source.input)).split('\n');
    return { heading: heading.split(','), rows: (await linesOf(source)).length, exact: true };
  },
  async cut({ input: { size, compression } }, { partBytes }) {
    const bytes = compression ? size : Math.min(partBytes, PART_BYTES);
    const starts = Array.from({ length: Math.max(1, Math.ceil(size / bytes)) }, (_, index) => index * bytes);
    return starts.map((start) => ({ kind: 'range', start, end: Math.min(size, start + bytes) }));
  },
  async *rows(source, { part, layout, batchRows, limit = Infinity }): AsyncGenerator<RowEvent, void> {
    const columns = layout.inputs[0]?.columns ?? [];
    let good: Line[] = [];
    let [row, taken] = [0, 0];
    const batch = (): RowEvent => {
      const cells = good.map(({ text }) => text.split(','));
      const kept = layout.kept.map((column) => cells.map((cell) => cell[column] ?? ''));
      const inputs = [tensorOf(cells.map((cell) => columns.map((column) => Number(cell[column]))))];
      const rows = good.length;
      good = [];
      return { batch: { inputs, rows, kept } };
    };
    for (const { start, text } of await linesOf(source, part)) {
      const bytes = Buffer.from(text);
      const bad = { row, position: start, bytes, length: bytes.length, code: 'row.value', message: 'it has a letter' };
      row += 1;
      if (/[a-z]/.test(text)) yield { bad };
      else if (taken < limit) {
        taken += 1;
        good.push({ start, text });
        if (good.length === batchRows) yield batch();
      }
    }
    if (good.length > 0) yield batch();
  },
  count: async (source, part) => (await linesOf(source, part)).length,
};

/** A line for each row: the kept columns and the elements of the outputs. */
export function linesWriter({ aligned }: OutputShape): PartWriter {
  let lines: string[] = [];
  return {
    write({ rows, kept }, outputs) {
      for (let row = 0; row < rows; row++) {
        const elements = outputs.flatMap(({ data, shape }) => {
          const width = shape.slice(1).reduce((product, dimension) => product * dimension, 1);
          return Array.from(data.slice(row * width, (row + 1) * width) as ArrayLike<number>);
        });
        lines.push([...kept.map((column) => column[row]), ...elements].join(','));
      }
    },
    bad: () => void (aligned && lines.push('')),
    take() {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      lines = [];
      return bytes;
    },
    end: () => new Uint8Array(),
  };
}
