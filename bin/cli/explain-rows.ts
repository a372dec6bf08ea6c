import { type InputManifest, readInputs } from '#adapters/local/inputs.ts';
import type { InferenceInput } from '#serving/in-process.ts';
import { bodyOf } from '#serving/in-process.ts';

/** A row by the names of inputs, as `:explain` takes it. */
export interface ExplainedRow {
  readonly row: Readonly<Record<string, unknown>>;
  /** What it is called when it is shown. @default - rows are numbered */
  readonly name?: string;
}

interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** The rows of files, whatever their kind. Throws what reading them throws. */
export async function rowsOf(
  paths: readonly string[],
  manifest: InputManifest,
  drop: readonly string[],
): Promise<ExplainedRow[]> {
  const rows: ExplainedRow[] = [];
  for await (const { input, name } of readInputs(paths, manifest, { drop })) {
    const found = rowsIn(input);
    rows.push(...found.map((row) => ({ row, ...(name !== undefined && { name }) })));
  }
  return rows;
}

function rowsIn(input: InferenceInput): Readonly<Record<string, unknown>>[] {
  const { inputs } = JSON.parse(bodyOf(input)) as { inputs: readonly Input[] };
  const count = Math.max(...inputs.map(({ shape }) => shape[0] ?? 0));
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(inputs.map(({ name, shape, data }) => [name, rowOf(shape, data.flat(Infinity), row)])),
  );
}

function rowOf([rows = 1, ...shape]: readonly number[], data: readonly unknown[], row: number): unknown {
  const size = data.length / rows;
  return nested(data.slice(row * size, (row + 1) * size), shape);
}

function nested(elements: readonly unknown[], shape: readonly number[]): unknown {
  if (shape.length <= 1) return shape.length === 0 ? elements[0] : elements;
  const [count = 1, ...rest] = shape;
  const size = elements.length / count;
  return Array.from({ length: count }, (_, index) => nested(elements.slice(index * size, (index + 1) * size), rest));
}

/** At most `most` of them, evenly spaced: the same each time. */
export const spread = <T>(rows: readonly T[], most: number): readonly T[] =>
  rows.length <= most
    ? rows
    : Array.from({ length: most }, (_, index) => rows[Math.floor((index * rows.length) / most)]!);
