import { jsonOf } from '../../documents.ts';
import { elementCount } from '../../model/tensor.ts';
import type { CapturedEvent, CapturedTensor } from './captured.ts';
import { REDACTIONS, type Redaction } from './options.ts';
import { csvTensors, headOf, jsonTensors, type SideReading, type TensorHead, UNTOLD } from './read-side.ts';

/** As many as there can be in a line of ours: see `MOST_ELEMENTS` there. */
const MOST_ROWS = 65_536;

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** What our own member of a line says; of a line of Model Monitor's own next to nothing. */
interface Own extends Pick<CapturedEvent, 'version' | 'target' | 'subject' | 'feedback' | 'redacted'> {
  /** @default - as many as the data has */
  readonly rows?: number;
  readonly inputs?: readonly TensorHead[] | undefined;
  readonly outputs?: readonly TensorHead[] | undefined;
}

/**
 * What a line of capture holds; undefined where it is none: cut short by a crash, or written by somebody else. A line of
 * Model Monitor itself is read where it is CSV, or JSON in the words of the Open Inference Protocol.
 */
export function readLine(model: string, line: string): CapturedEvent | undefined {
  const { captureData, eventMetadata, onnward } = objectOf(jsonOf(line));
  const metadata = objectOf(eventMetadata);
  const { eventId: id, inferenceId, inferenceTime } = metadata;
  const at = typeof inferenceTime === 'string' ? Date.parse(inferenceTime) : NaN;
  const own = onnward === undefined ? FOREIGN : ownOf(model, objectOf(onnward));
  if (typeof id !== 'string' || id === '' || Number.isNaN(at) || !own) return undefined;
  const sides = sidesOf(objectOf(captureData), own);
  if (!sides) return undefined;
  const { version, target, subject, feedback, redacted } = own;
  return {
    id,
    ...(typeof inferenceId === 'string' && { inferenceId }),
    at,
    model,
    version,
    target,
    ...(subject !== undefined && { subject }),
    ...(feedback !== undefined && { feedback }),
    ...(redacted && { redacted }),
    ...sides,
  };
}

const FOREIGN: Own = { version: 0, target: '' };

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isTextOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

function ownOf(asked: string, own: Json): Own | undefined {
  const { format, model, version, target, rows, subject, feedback, redacted, inputs, outputs } = own;
  if (format !== 1 || model !== asked || !isWhole(version) || !isWhole(rows) || typeof target !== 'string')
    return undefined;
  if (!isTextOrAbsent(subject) || !isTextOrAbsent(feedback)) return undefined;
  const heads = [inputs, outputs].map(headsOf);
  if (heads.includes(null) || !isRedacted(redacted)) return undefined;
  return {
    version,
    target,
    rows,
    ...(subject !== undefined && { subject }),
    ...(feedback !== undefined && { feedback }),
    ...(redacted && { redacted }),
    inputs: heads[0] ?? undefined,
    outputs: heads[1] ?? undefined,
  };
}

/** Null where they are said, and are none. */
function headsOf(value: unknown): TensorHead[] | null | undefined {
  if (value === undefined) return undefined;
  const heads = Array.isArray(value) ? value.map(headOf) : [undefined];
  return heads.every((head) => head !== undefined) ? heads : null;
}

const isRedacted = (value: unknown): value is Readonly<Record<string, Redaction>> | undefined =>
  value === undefined ||
  Object.values(objectOf(value)).every((redaction) => REDACTIONS.includes(redaction as Redaction));

function sidesOf(
  { endpointInput, endpointOutput }: Json,
  { rows, inputs: inputHeads, outputs: outputHeads, redacted = {} }: Own,
): Pick<CapturedEvent, 'rows' | 'inputs' | 'outputs'> | undefined {
  const reading = (heads: readonly TensorHead[] | undefined) => ({ rows: rows ?? 1, heads, redacted });
  const inputs = sideOf(endpointInput, 'inputs', reading(inputHeads));
  const outputs = sideOf(endpointOutput, 'outputs', reading(outputHeads));
  if (!inputs || !outputs) return undefined;
  const all = [...inputs, ...outputs];
  const there = rows ?? all[0]?.shape[0] ?? 1;
  const fits = rows === undefined || (all.length > 0 && all.every(({ shape }) => elementCount(shape) % rows === 0));
  return fits && there <= MOST_ROWS ? { rows: there, inputs, outputs } : undefined;
}

/** A side that was not captured has no tensors. */
function sideOf(
  value: unknown,
  side: keyof typeof UNTOLD,
  reading: SideReading,
): readonly CapturedTensor[] | undefined {
  if (value === undefined || value === null) return [];
  const { data, encoding, observedContentType: type } = objectOf(value);
  if (typeof data !== 'string') return undefined;
  if (encoding === 'CSV') return csvTensors(data, UNTOLD[side], reading);
  if (encoding === 'JSON') return jsonTensors(jsonOf(data), side, reading);
  if (encoding !== 'BASE64' || typeof type !== 'string') return undefined;
  const text = Buffer.from(data, 'base64').toString();
  return type.startsWith('text/csv')
    ? csvTensors(text, UNTOLD[side], reading)
    : jsonTensors(jsonOf(text), side, reading);
}
