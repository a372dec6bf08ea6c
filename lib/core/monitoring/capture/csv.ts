/** A cell of a row; `quoted` tells an empty text from one that is missing. */
export interface CsvCell {
  readonly text: string;
  readonly quoted: boolean;
}

const MUST_BE_QUOTED = /[",\r\n]|^\s|\s$|^$/;

/** A cell of RFC 4180; a missing one is empty, and a text that would be taken for something else is quoted. */
export const csvCell = (text: string | null, isText: boolean): string =>
  text === null ? '' : isText && MUST_BE_QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const QUOTE = '"';

/**
 * Rows of RFC 4180, with the line breaks of any system; behind a last line break there is one more, of one empty cell.
 * Undefined where quotes are not as they should be.
 */
export function csvRows(text: string): CsvCell[][] | undefined {
  const rows: CsvCell[][] = [];
  let row: CsvCell[] = [];
  let at = 0;
  for (;;) {
    const quoted = text[at] === QUOTE;
    const cell = quoted ? quotedCell(text, at + 1) : plainCell(text, at);
    if (!cell) return undefined;
    row.push({ text: cell.text, quoted });
    at = cell.end;
    if (text[at] === ',') {
      at++;
      continue;
    }
    rows.push(row);
    row = [];
    if (at >= text.length) return rows;
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
}

interface Scanned {
  readonly text: string;
  readonly end: number;
}

const ENDS = /[,\r\n]/g;

function plainCell(text: string, start: number): Scanned | undefined {
  ENDS.lastIndex = start;
  const end = ENDS.exec(text)?.index ?? text.length;
  const cell = text.slice(start, end);
  return cell.includes(QUOTE) ? undefined : { text: cell, end };
}

function quotedCell(text: string, start: number): Scanned | undefined {
  let end = text.indexOf(QUOTE, start);
  while (end !== -1 && text[end + 1] === QUOTE) end = text.indexOf(QUOTE, end + 2);
  if (end === -1 || !/^(?:[,\r\n]|$)/.test(text.slice(end + 1, end + 2))) return undefined;
  return { text: text.slice(start, end).replaceAll('""', QUOTE), end: end + 1 };
}
