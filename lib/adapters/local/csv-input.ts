import { parse } from 'csv-parse/sync';
import { invalid } from '#core/errors.ts';
import { tableRequests } from '#core/model/table.ts';
import { didYouMean } from '#core/nearest.ts';
import type { InputManifest, InputRequest, ReadInputsOptions } from './inputs.ts';

/** The rows of a table, some in each request. Throws `input.csv`, `input.column`, `table.*`. */
export function* readCsv(
  bytes: Buffer,
  source: string,
  { signature }: InputManifest,
  { drop = [] }: ReadInputsOptions,
): Generator<InputRequest> {
  for (const input of tableRequests(signature, without(drop, parseCsv(bytes, source), source))) yield { input };
}

function parseCsv(bytes: Buffer, source: string): string[][] {
  try {
    return parse(bytes, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw invalid('input.csv', `${source} is not CSV: ${(error as Error).message}.`, {
      fix: 'Every line needs as many cells as the first; quote cells that hold a comma.',
    });
  }
}

function without(drop: readonly string[], table: string[][], source: string): string[][] {
  if (drop.length === 0) return table;
  const heading = table[0] ?? [];
  const unknown = drop.find((name) => !heading.includes(name));
  if (unknown !== undefined) {
    throw invalid('input.column', `${source} has no column '${unknown}'.${didYouMean(unknown, heading)}`, {
      fix: `Its columns are: ${heading.join(', ')}.`,
    });
  }
  return table.map((row) => row.filter((_, index) => !drop.includes(heading[index]!)));
}
