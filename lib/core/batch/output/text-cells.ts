import { JSON_NUMBER } from '../../model/decimal.ts';
import type { PartBytes } from './part-bytes.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;

/** Longer ones are faster in one call. */
const SHORT = 64;

/** A JSON string. */
export function writeJsonString(out: PartBytes, text: string): void {
  out.byte(QUOTE);
  if (writePlain(out, text, BACKSLASH)) out.byte(QUOTE);
  else {
    out.at--;
    out.text(JSON.stringify(text));
  }
}

/** A value that is no string begins so. */
const JSON_START = /^[-0-9tfn[{]/;

/**
 * Text of an input, of which it is no longer known what it was: what is a JSON number, `true`, `false`, `null`, list or
 * object by itself stands as it is, to the last digit; all else is a string.
 */
export function writeJsonText(out: PartBytes, text: string): void {
  if (isJson(text)) out.text(text);
  else writeJsonString(out, text);
}

function isJson(text: string): boolean {
  if (!JSON_START.test(text)) return false;
  if (text === 'true' || text === 'false' || text === 'null' || JSON_NUMBER.test(text)) return true;
  if (!/^(?:\[.*\]|\{.*\})$/.test(text)) return false; // no line break either: it would end the line
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A cell as RFC 4180 has it: in quotes where a reader would take it for something else. */
export function writeCsvText(out: PartBytes, text: string): void {
  if (writePlain(out, text, COMMA)) return;
  if (!/[",\r\n]/.test(text)) out.text(text);
  else out.text(`"${text.replaceAll('"', '""')}"`);
}

/** Writes short ASCII text without quotes, control characters and `special`; says whether it did. */
function writePlain(out: PartBytes, text: string, special: number): boolean {
  const { length } = text;
  if (length > SHORT) return false;
  out.reserve(length);
  const { bytes, at } = out;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < SPACE || code >= DELETE || code === QUOTE || code === special) return false;
    bytes[at + i] = code;
  }
  out.at = at + length;
  return true;
}
