import { invalid, type OnnwardError } from '../errors.ts';
import { JSON_NUMBER } from '../model/decimal.ts';
import { cellText, splitCells } from './cell-text.ts';
import { CsvRows } from './csv-rows.ts';
import type { Format, Source, Survey } from './format.ts';
import { lineFormat } from './lines.ts';
import type { Inflate } from './records.ts';
import { type Sample, sampleRecords } from './sample.ts';

/** Of a table; what has more is none, and its names alone would fill the memory. */
export const MAX_COLUMNS = 100_000;

/** CSV (RFC 4180) in UTF-8. The first record is a heading, but where all of it are numbers. */
export const csvFormat = ({ inflate }: { readonly inflate: Inflate }): Format =>
  lineFormat({ csv: true, reader: (layout, buffer) => new CsvRows(layout, buffer), survey }, inflate);

async function survey(source: Source, inflate: Inflate): Promise<Survey> {
  let first: readonly string[] | undefined;
  let firstEnd = 0;
  const sample = await sampleRecords(source, true, inflate, (bytes, start, stop) => {
    if (first) return;
    first = firstRecord(bytes, start, stop, source.input.key);
    firstEnd = stop;
  });
  if (!first) throw notCsv(source.input.key, 'its first line does not end');
  if (first.every(isNumber)) return { width: first.length, ...estimate(sample, 0, 0) };
  checkNames(first, source.input.key);
  return { heading: first, ...estimate(sample, 1, firstEnd) };
}

const isNumber = (cell: string): boolean => JSON_NUMBER.test(cell);

/** Rows in all, from those that were seen behind the heading. */
export function estimate(sample: Sample, headings: number, bytes: number): Pick<Survey, 'rows' | 'exact'> {
  const rows = sample.records - headings;
  if (sample.all) return { rows, exact: true };
  const perByte = rows / Math.max(1, sample.bytes - bytes);
  return { rows: Math.max(1, Math.round(perByte * (sample.size - bytes))), exact: false };
}

function firstRecord(bytes: Buffer, start: number, stop: number, key: string): readonly string[] {
  const starts: number[] = [];
  const count = splitCells(bytes, start, stop, starts);
  if (count < 0) throw notCsv(key, 'a quote in its first line is not closed');
  if (count > MAX_COLUMNS) throw notCsv(key, `its first line has ${count} cells, more than ${MAX_COLUMNS}`);
  return Array.from({ length: count }, (_, index) => {
    const text = cellText(bytes, starts[index] as number, (starts[index + 1] as number) - 1);
    if (text === undefined || CONTROL.test(text)) throw notCsv(key, 'its first line holds bytes that are no text');
    return text.trim();
  });
}

/** What no name of a column has in it, and noise has soon. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0e-\x1f\x7f]/;

function checkNames(heading: readonly string[], key: string): void {
  const seen = new Set<string>();
  const twice = heading.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return;
  throw invalid('input.heading', `The heading of '${key}' names '${twice}' twice.`, {
    fix: 'Give each column a name of its own.',
    fields: { key },
  });
}

const notCsv = (key: string, why: string): OnnwardError =>
  invalid('input.csv', `The input '${key}' is not CSV: ${why}.`, {
    fix: 'Give CSV in UTF-8 with a heading; say with the name or the option which format it is.',
    fields: { key },
  });
