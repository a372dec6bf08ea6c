import * as v from 'valibot';
import { jsonOf } from '../../documents.ts';

/** A line of a ground-truth file: the truth of each row of one request. */
export interface GroundTruth {
  /** The inference id where there is one, else the id of the event. */
  readonly id: string;
  /** As they stand in the file; whether it is a name or a number the prediction says. */
  readonly truths: readonly string[];
}

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

const line = v.object({
  groundTruthData: v.object({
    data: v.union([v.string(), v.number()]),
    encoding: v.optional(v.picklist(['CSV', 'JSON', 'BASE64'])),
  }),
  eventMetadata: v.object({ eventId: v.optional(id), inferenceId: v.optional(id) }),
});

/**
 * Reads a line as Model Monitor's merge job does: `{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata":
 * {"eventId": …, "inferenceId": …}, "eventVersion": "0"}`. Undefined for what is none. Source: the SageMaker developer guide,
 * "Ingest ground truth labels and merge them with predictions".
 */
export function groundTruthIn(text: string): GroundTruth | undefined {
  const result = v.safeParse(line, jsonOf(text));
  if (!result.success) return undefined;
  const { groundTruthData, eventMetadata } = result.output;
  const found = eventMetadata.inferenceId ?? eventMetadata.eventId;
  const truths = truthsIn(String(groundTruthData.data), groundTruthData.encoding ?? 'CSV');
  return found === undefined || truths === undefined ? undefined : { id: found, truths };
}

function truthsIn(data: string, encoding: 'CSV' | 'JSON' | 'BASE64'): string[] | undefined {
  if (encoding === 'BASE64') return truthsIn(Buffer.from(data, 'base64').toString(), 'CSV');
  if (encoding === 'CSV')
    return data
      .split(/\r?\n/)
      .filter((each) => each !== '')
      .map(unquoted);
  const values = [jsonOf(data)].flat();
  return values.every((value) => typeof value === 'string' || typeof value === 'number')
    ? values.map(String)
    : undefined;
}

const unquoted = (cell: string): string =>
  /^".*"$/s.test(cell.trim()) ? cell.trim().slice(1, -1).replaceAll('""', '"') : cell.trim();
