import { asciiText, cellText, decodeText } from './cell-text.ts';
import { NEVER, NULLS, numberEnd, readFloatRun, readIntegerRun, WORDS, WORDS_AND_BLANKS } from './number-runs.ts';
import type { Records } from './records.ts';
import type { RowBuffer } from './row-buffer.ts';
import { MAX_ROW_BYTES } from './rows.ts';
import { FLOATS, INTEGERS, LITERAL, type Step, TEXT, TRUTH } from './template.ts';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** How texts stand in a row, and what is passed over. */
export interface Dialect {
  /** What stands for a float that is NaN; `nan`: a missing one is. */
  missing(nan: boolean): number;
  /** Behind the value at `start`; -1 where it takes more to tell. `any`: nobody asks for it, so it need not be text. */
  end(bytes: Buffer, start: number, any: boolean): number;
  /** The text of that value; `string`: it must be one. Undefined where there is none, or it takes more to tell. */
  text(bytes: Buffer, start: number, stop: number, string: boolean): string | undefined;
}

/** Takes rows that the template fits, up to `most` in the buffer; stops before the first one that it does not fit. */
export function readFastRows(
  records: Records,
  buffer: RowBuffer,
  most: number,
  steps: readonly Step[],
  dialect: Dialect,
  nan: boolean,
): void {
  const { window } = records;
  const { bytes, view, end } = window;
  const bound = records.bound;
  const missing = dialect.missing(nan);
  let { at } = window;
  let { rows } = buffer;
  // A line that begins with white space may be a blank one.
  while (rows < most && at < bound && (bytes[at] as number) > SPACE) {
    let next = readRow(bytes, view, at, rows, steps, dialect, missing);
    if (next < 0) break;
    if (bytes[next] === RETURN) next++;
    // The line feed behind the last byte is none: there may be more.
    if (next >= end || bytes[next] !== LINE_FEED || next - at > MAX_ROW_BYTES) break;
    at = next + 1;
    rows++;
  }
  window.at = at;
  buffer.rows = rows;
}

/** Gives the place behind the row's last value, -1 where the steps do not fit. */
function readRow(
  bytes: Buffer,
  view: DataView,
  start: number,
  row: number,
  steps: readonly Step[],
  dialect: Dialect,
  missing: number,
): number {
  let at = start;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step;
    const from = at;
    if (step.kind === FLOATS) {
      const index = row * step.elements + step.element;
      at = readFloatRun(bytes, view, at, step.floats, index, step.count, step.single, missing);
    } else if (step.kind === LITERAL) at = literalEnd(bytes, at, step.literal);
    else if (step.kind === INTEGERS) {
      const index = row * step.elements + step.element;
      at = readIntegerRun(bytes, at, step.integers, index, step.count, step.low, step.high, step.wide);
    } else at = readOther(bytes, at, row, step, dialect);
    if (at < 0) return -1;
    if (step.texts && step.kind !== TEXT) step.texts[row] = asciiText(bytes, from, at);
  }
  return at;
}

function literalEnd(bytes: Buffer, at: number, literal: Uint8Array): number {
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return -1;
  return at + literal.length;
}

function readOther(bytes: Buffer, at: number, row: number, step: Step, dialect: Dialect): number {
  const index = row * step.elements + step.element;
  if (step.kind === TRUTH) return readTruth(bytes, at, step.truths, index);
  const stop = dialect.end(bytes, at, step.kind !== TEXT);
  if (stop < 0 || step.kind !== TEXT) return stop;
  const text = dialect.text(bytes, at, stop, step.strings !== undefined);
  if (text === undefined) return -1;
  if (step.strings) step.strings[index] = text;
  if (step.texts) step.texts[row] = text;
  return stop;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

function readTruth(bytes: Buffer, at: number, out: Uint8Array, index: number): number {
  const byte = bytes[at] as number;
  const digit = byte === 0x30 || byte === 0x31;
  out[index] = byte === 0x31 || byte === 0x74 ? 1 : 0;
  return digit ? at + 1 : literalEnd(bytes, at, byte === 0x74 ? TRUE : FALSE);
}

export const CSV_DIALECT: Dialect = {
  missing: (nan) => (nan ? WORDS_AND_BLANKS : WORDS),
  end(bytes, start) {
    let at = start;
    if (bytes[at] === QUOTE) {
      for (at++; bytes[at] !== QUOTE; at++) if (bytes[at] === LINE_FEED) return -1;
      at++;
      const byte = bytes[at];
      return byte === COMMA || byte === LINE_FEED || (byte === RETURN && bytes[at + 1] === LINE_FEED) ? at : -1;
    }
    for (let byte = 0; (byte = bytes[at] as number) !== COMMA && byte !== LINE_FEED; at++)
      if (byte === QUOTE) return -1;
    return bytes[at] === LINE_FEED && at > start && bytes[at - 1] === RETURN ? at - 1 : at;
  },
  text: (bytes, start, stop) => cellText(bytes, start, stop),
};

export const JSON_DIALECT: Dialect = {
  missing: (nan) => (nan ? NULLS : NEVER),
  end(bytes, start, any) {
    const byte = bytes[start];
    if (byte !== QUOTE) {
      if (byte === 0x74) return literalEnd(bytes, start, TRUE);
      if (byte === 0x66) return literalEnd(bytes, start, FALSE);
      return byte === 0x6e ? literalEnd(bytes, start, NULL) : numberEnd(bytes, start);
    }
    for (let at = start + 1; ; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) return at + 1;
      // Whether these bytes are a text is only looked at where the text is asked for.
      if (byte === BACKSLASH || byte < SPACE || (any && byte >= 0x80)) return -1;
    }
  },
  text(bytes, start, stop, string) {
    if (bytes[start] === QUOTE) return decodeText(bytes, start + 1, stop - 1);
    return string ? undefined : asciiText(bytes, start, stop);
  },
};
