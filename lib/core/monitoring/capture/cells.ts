import { DATATYPES, type Datatype } from '../../model/datatypes.ts';
import { halfToNumber } from '../../model/halves.ts';
import { singlesText } from '../../model/singles.ts';
import type { NamedTensor } from '../../model/tensor.ts';
import type { Cell } from './captured.ts';
import type { Redaction } from './options.ts';
import type { TensorRedaction } from './redaction.ts';

/** An element as text; `null` where it is missing, and where nothing may be said of it. */
export interface CellText {
  readonly text: string | null;
  /** Text even where the tensor holds numbers: a hash, a mask. */
  readonly isText: boolean;
}

/** Of a masked element that is there. */
const MASK = '***';

export type HashField = (field: string, text: string) => string;

/** The first `count` elements, redacted; each row has `width` of them. */
export function cellTexts(
  { name, datatype, data }: NamedTensor,
  count: number,
  width: number,
  redaction: TensorRedaction | undefined,
  hash: HashField,
): CellText[] {
  const isText = datatype === 'BYTES';
  const texts = elementTexts(datatype, data.slice(0, count));
  return texts.map((text, index) => {
    const element = index % width;
    const what = redaction && (redaction.elements.get(element) ?? redaction.whole);
    return what ? redacted(what, text, (known) => hash(`${name}[${element}]`, known)) : { text, isText };
  });
}

function redacted(redaction: Redaction, text: string | null, hash: (text: string) => string): CellText {
  if (redaction === 'drop' || text === null) return { text: null, isText: true };
  return { text: redaction === 'mask' ? MASK : hash(text), isText: true };
}

/** As text that reads back as the same. NaN is a value that is missing: what people feed to models says it so. */
export function elementTexts(datatype: Datatype, data: NamedTensor['data']): (string | null)[] {
  if (Array.isArray(data)) return data;
  if (datatype === 'FP32') return singleTexts(data as Float32Array);
  if (datatype === 'FP16') return singleTexts(Float32Array.from(data as Uint16Array, halfToNumber));
  return Array.from(data as Float64Array, (value) => (value !== value ? null : String(value)));
}

/** The shortest decimals, which read back as the same. */
function singleTexts(values: Float32Array): (string | null)[] {
  if (values.length === 0) return [];
  const texts = singlesText(values).split(',');
  return texts.map((text, index) => {
    const value = values[index] as number;
    return Number.isFinite(value) ? text : value !== value ? null : String(value);
  });
}

/** How a value of JSON, or of a cell of CSV, comes back. */
export interface ReadCell {
  readonly value: unknown;
  readonly datatype: Datatype;
  /** @default - it was kept as it is */
  readonly redaction: Redaction | undefined;
}

const DIGITS = /^-?\d{1,20}$/;

/** Undefined where it is no element of its tensor. Floats are what their datatype holds. */
export function cellOf({ value, datatype, redaction }: ReadCell): Cell | undefined {
  if (value === null || redaction === 'drop' || redaction === 'mask') return null;
  const { family } = DATATYPES[datatype];
  if (family === 'text' || redaction === 'hash') return typeof value === 'string' ? value : undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN;
  if (Number.isNaN(number)) return undefined;
  if (datatype === 'FP32' || datatype === 'FP16') return Math.fround(number);
  if (family !== 'bigint' || Number.isSafeInteger(number)) return number;
  return typeof value === 'string' && DIGITS.test(value) ? value : undefined;
}
