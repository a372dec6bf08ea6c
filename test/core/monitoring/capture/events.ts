import { createHash } from 'node:crypto';
import { DATATYPES, type Datatype } from '#core/model/datatypes.ts';
import type { NamedTensor } from '#core/model/tensor.ts';
import { type CaptureWriting, keptRows, lineOf, redactedOf, rowsOf, writeSide } from '#core/monitoring/capture/line.ts';
import type { EventMetadata } from '#core/monitoring/capture/line.ts';

/** Says which values are alike, as the keys of a store do. */
export const hash = (field: string, text: string): string =>
  `h:${createHash('sha256').update(`${field}\0${text}`).digest('base64url').slice(0, 22)}`;

export const WRITING: CaptureWriting = {
  redactions: new Map(),
  hash,
  whole: false,
  featuresOf: (_, rows) => ({
    mean: Array.from({ length: rows }, () => 0.5),
    least: Array.from({ length: rows }, () => NaN),
  }),
};

export const named = (
  name: string,
  datatype: Datatype,
  shape: number[],
  values: readonly (number | bigint | string)[],
): NamedTensor => {
  const { array } = DATATYPES[datatype];
  if (!array) return { name, datatype, shape, data: values as string[] };
  const data = new array(values.length);
  values.forEach((value, index) => (data[index] = value as never));
  return { name, datatype, shape, data };
};

export const METADATA = { id: 'e-1', at: Date.UTC(2026, 10, 23, 7, 30), model: 'iris', version: 3, target: '17' };

/** A line as a server writes it. */
export function lineFor(
  inputs: readonly NamedTensor[],
  outputs: readonly NamedTensor[] = [named('label', 'INT64', [1], [2n])],
  { writing = WRITING, ...more }: Partial<EventMetadata> & { writing?: CaptureWriting } = {},
): string {
  const all = rowsOf(inputs);
  const rows = { all, kept: keptRows(inputs, all) };
  const [input, output] = [writeSide('INPUT', inputs, rows, writing), writeSide('OUTPUT', outputs, rows, writing)];
  return lineOf(input, output, { ...METADATA, rows: rows.kept, redacted: redactedOf(writing.redactions), ...more });
}
