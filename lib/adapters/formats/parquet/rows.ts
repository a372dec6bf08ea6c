import type { RowsRequest } from '#core/scoring/format.ts';
import { RowBuffer } from '#core/scoring/row-buffer.ts';
import type { BadRow, RowEvent } from '#core/scoring/rows.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import type { Problem } from '#core/scoring/elements.ts';
import { Budget } from './budget.ts';
import { openChunks, type ParquetSource } from './chunk-bytes.ts';
import { ColumnCursor } from './column.ts';
import type { Chunk, Footer, Group } from './footer.ts';
import { refusal } from './refusal.ts';
import { keptText, prepare, type Prepared, type Run } from './run.ts';
import { type ColumnTargets, columnTargets } from './targets.ts';

type GroupsPart = Extract<ShardPart, { kind: 'groups' }>;

/** The rows of row groups [from, to): good ones in batches, bad ones each by itself. Throws `input.parquet`. */
export async function* readRows(
  source: ParquetSource,
  footer: Footer,
  part: GroupsPart,
  request: RowsRequest,
): AsyncGenerator<RowEvent, void, undefined> {
  const buffer = new RowBuffer(request.layout, request.batchRows);
  const columns = columnTargets(footer, request.layout, buffer);
  const filler = new Filler(columns, buffer, request, part.firstRow);
  for (const group of footer.groups.slice(part.from, part.to)) {
    if (group.rows === 0) continue;
    yield* filler.fill(source, group);
    if (filler.done) break;
  }
  if (buffer.rows > 0) yield { batch: buffer.take() };
}

class Filler {
  readonly #columns: readonly ColumnTargets[];
  readonly #buffer: RowBuffer;
  readonly #nan: boolean;
  readonly #limit: number;
  readonly #firstRow: number;
  /** Rows of the part so far, and the good ones among them. */
  #row = 0;
  #good = 0;

  constructor(columns: readonly ColumnTargets[], buffer: RowBuffer, request: RowsRequest, firstRow: number) {
    this.#columns = columns;
    this.#buffer = buffer;
    this.#nan = request.layout.missing === 'nan';
    this.#limit = request.limit ?? Number.POSITIVE_INFINITY;
    this.#firstRow = firstRow;
  }

  get done(): boolean {
    return this.#good >= this.#limit;
  }

  async *fill(source: ParquetSource, group: Group): AsyncGenerator<RowEvent, void, undefined> {
    const cursors = openCursors(source, group, this.#columns);
    try {
      for (let left = group.rows; left > 0 && !this.done;) {
        const most = Math.min(left, this.#buffer.capacity - this.#buffer.rows, this.#limit - this.#good);
        const rows = await rowsAtHand(cursors, most);
        yield* this.#take(cursors, rows);
        left -= rows;
        if (this.#buffer.rows === this.#buffer.capacity) yield { batch: this.#buffer.take() };
      }
      if (!this.done) await expectEnd(cursors);
    } finally {
      for (const { cursor } of cursors) await cursor.close();
    }
  }

  /** Stores the good rows of a run of rows, and hands out the bad ones. */
  *#take(cursors: readonly Cursor[], rows: number): Generator<RowEvent> {
    const runs = cursors.map(({ column, cursor }) => ({ column, run: { ...cursor.take(rows), rows } }));
    const prepared = runs.flatMap(({ column, run }) =>
      column.inputs.map((target) => ({ name: column.name, ...prepare(column, target, run, this.#nan) })),
    );
    const judged = prepared.filter(({ problem }) => problem);
    let start = 0;
    for (let row = 0; judged.length > 0 && row < rows; row++) {
      const problem = problemOf(judged, row);
      if (!problem) continue;
      this.#store(runs, prepared, start, row);
      yield { bad: this.#badRow(this.#row + row, problem) };
      start = row + 1;
    }
    this.#store(runs, prepared, start, rows);
    this.#row += rows;
  }

  #store(runs: readonly TakenRun[], prepared: readonly Prepared[], start: number, end: number): void {
    if (end === start) return;
    const buffer = this.#buffer;
    for (const { store } of prepared) store(start, end, buffer.rows);
    for (const { column, run } of runs) {
      if (!column.texts) continue;
      for (let row = start; row < end; row++) column.texts[buffer.rows + row - start] = keptText(column, run, row);
    }
    buffer.rows += end - start;
    this.#good += end - start;
  }

  #badRow(row: number, { code, what }: Problem): BadRow {
    return { row, position: this.#firstRow + row, bytes: new Uint8Array(), length: 0, code, message: what };
  }
}

interface TakenRun {
  readonly column: ColumnTargets;
  readonly run: Run;
}

function problemOf(judged: readonly (Prepared & { readonly name: string })[], row: number): Problem | undefined {
  for (const { name, problem } of judged) {
    const found = problem?.(row);
    if (found) return { code: found.code, what: `Column '${name}': ${found.what}.` };
  }
  return undefined;
}

/** How many rows every column has at hand, 1 to `most`. Throws `input.parquet` where one has none. */
async function rowsAtHand(cursors: readonly Cursor[], most: number): Promise<number> {
  let rows = most;
  for (const { column, cursor } of cursors) {
    const there = cursor.atHand || (await cursor.load());
    if (there === 0) throw refusal(`has fewer rows in column '${column.name}' than its row group says`);
    rows = Math.min(rows, there);
  }
  return rows;
}

async function expectEnd(cursors: readonly Cursor[]): Promise<void> {
  for (const { column, cursor } of cursors) {
    if ((await cursor.load()) > 0) throw refusal(`has more rows in column '${column.name}' than its row group says`);
  }
}

interface Cursor {
  readonly column: ColumnTargets;
  readonly cursor: ColumnCursor;
}

function openCursors(source: ParquetSource, group: Group, columns: readonly ColumnTargets[]): Cursor[] {
  const budget = new Budget();
  const chunks = columns.map(({ leaf }) => group.chunk(leaf));
  return openChunks(source, chunks).map((bytes, index) => {
    const column = columns[index] as ColumnTargets;
    const { name, leaf } = column;
    return { column, cursor: new ColumnCursor(bytes, { name, leaf, chunk: chunks[index] as Chunk, budget }) };
  });
}
