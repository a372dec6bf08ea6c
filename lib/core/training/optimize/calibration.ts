import { OnnwardError } from '../../errors.ts';
import { compareOutputs } from '../../model/compare.ts';
import { decodeGolden, syntheticInputs } from '../../model/golden.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Tensor } from '../../model/tensor.ts';
import { findData, rowsIn } from '../../release/evaluation/data.ts';
import type { EvaluationOptions } from '../../release/options.ts';
import { fixedRows } from '../../scoring/batch-rows.ts';
import type { Source } from '../../scoring/format.ts';
import { layoutOf, type RowLayout } from '../../scoring/layout.ts';
import type { ScoringInput } from '../../scoring/shard.ts';
import type { TrainingWorld } from '../world.ts';
import { caseLine } from './case-line.ts';
import { LowestRows } from './lowest-rows.ts';
import { rowNames } from './row-names.ts';

/** Rows of a table, and characters of JSON that they may take: what `static-int8` learns ranges from is settled by a few hundred. */
const MOST = { rows: 300, characters: 32 * 2 ** 20 };
/** Rows that are looked at to choose them. */
const MOST_SEEN = 200_000;
const PART_BYTES = 16 * 2 ** 20;

/** Where rows for calibration come from. */
export interface CalibrationTable {
  readonly kind: 'calibration' | 'baseline' | 'held-out';
  /** As `evaluation.data` names rows. */
  readonly data: string;
  /** Of its rows, the share that may be taken. */
  readonly share: number;
}

/** A table, and what is known of the held-out rows, whose columns it has. */
type Columns = Partial<Pick<EvaluationOptions, 'label' | 'slices' | 'drop' | 'columns' | 'missing'>>;

/** Cases for `calibration.jsonl`. */
export interface Cases {
  readonly lines: readonly string[];
  /** What rows they are, by `rowNames`. */
  readonly names: readonly string[];
}

type World = Pick<TrainingWorld, 'store' | 'inputs' | 'formats'>;

/** The recorded questions of a version; one that was made up, for want of a real one, teaches nothing of its numbers. */
export function goldenCases({ golden, signature }: Manifest): Cases {
  const cases = decodeGolden(golden, signature)
    .filter(({ inputs }) => !isMadeUp(inputs, signature))
    .map(({ inputs }) => ({
      line: caseLine(signature, inputs),
      names: rowNames(inputs, inputs[0]?.shape[0] ?? 0),
    }));
  const said = cases.filter(({ line }) => line !== undefined);
  return { lines: said.map(({ line }) => line as string), names: said.flatMap(({ names }) => names) };
}

const isMadeUp = (inputs: readonly Tensor[], signature: Manifest['signature']): boolean =>
  compareOutputs(syntheticInputs(signature), inputs, { absolute: 0, relative: 0 }) === undefined;

/** Some rows of a table, each a case; the same ones of the same rows. Throws `batch.columns`, `input.*`, `evaluation.format`. */
export async function tableCases(
  world: World,
  { signature }: Manifest,
  { data, share }: CalibrationTable,
  columns: Columns,
): Promise<Cases> {
  const input = await findData(world, data);
  const format = world.formats[input.format];
  const reader = await rowsIn(world, input.store);
  const { heading, width } = await format.survey({ reader, input });
  const source: Source = {
    reader,
    input: { ...input, ...(heading && { heading }), ...(width !== undefined && { width }) },
  };
  const request = { layout: layoutFor(signature, source.input, columns), batchRows: fixedRows(signature) ?? 1 };
  const chosen = new LowestRows(MOST);
  let seen = 0;
  for (const part of await format.cut(source, { partBytes: PART_BYTES, listKey: '' })) {
    if (seen >= MOST_SEEN) break;
    for await (const event of format.rows(source, { ...request, part, limit: MOST_SEEN - seen })) {
      if ('bad' in event) continue;
      const { inputs, rows } = event.batch;
      chosen.add(rowNames(inputs, rows), () => caseLine(signature, inputs));
      seen += rows;
    }
  }
  const rows = chosen.result(Math.floor(seen * share));
  return { lines: rows.map(({ line }) => line), names: rows.flatMap(({ names }) => names) };
}

/** As the guard reads the held-out rows, where these have the same columns; a column that is not there need not be left out. */
function layoutFor(signature: Manifest['signature'], { heading, width }: ScoringInput, options: Columns): RowLayout {
  const { label, slices = [], drop = [], columns, missing } = options;
  const there = (names: readonly (string | undefined)[]): string[] =>
    names.filter((name) => name !== undefined && heading?.includes(name)) as string[];
  const layout = (aside: readonly (string | undefined)[]): RowLayout => {
    const more = { ...(columns && { columns }), ...(missing && { missing }) };
    return layoutOf(signature, heading, { ...more, drop: there(aside) }, width);
  };
  try {
    return layout([label, ...slices, ...drop]);
  } catch (error) {
    // A slice may be a feature, too.
    if (slices.length > 0 && isOfColumns(error)) return layout([label, ...drop]);
    throw error;
  }
}

/** Whether a table is not of the model's rows. */
export const isOfColumns = (error: unknown): error is OnnwardError =>
  error instanceof OnnwardError && error.code === 'batch.columns';
