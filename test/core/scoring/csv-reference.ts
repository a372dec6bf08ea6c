import { exactInteger } from '#core/model/integers.ts';
import type { Expected } from './cuts.ts';

/** CSV read slowly and plainly, all at once, to compare with: columns id (kept), a and b (FP32), n (INT64), s (BYTES). */
export const HEADING = ['id', 'a', 'b', 'n', 's'];

interface Line {
  readonly start: number;
  readonly text: string;
}

/** Records as latin1 text, with the place of their first byte; blank ones are left out. */
export function linesOf(bytes: Buffer, quotes: boolean): Line[] {
  const text = bytes.toString('latin1');
  const lines: Line[] = [];
  let start = 0;
  for (let at = 0, open = false; at <= text.length; at++) {
    if (quotes && text[at] === '"') open = !open;
    if (at < text.length && (text[at] !== '\n' || open)) continue;
    lines.push({ start, text: text.slice(start, at).replace(/\r$/, '') });
    start = at + 1;
  }
  if (lines[0]?.text.startsWith('\xef\xbb\xbf')) lines[0] = { start: 0, text: lines[0].text.slice(3) };
  return lines.filter(({ text }) => /[^ \t\r]/.test(text));
}

const cellsOf = (line: string): string[] => {
  const cells = [''];
  let open = false;
  for (const letter of line) {
    if (letter === '"') open = !open;
    if (letter === ',' && !open) cells.push('');
    else cells[cells.length - 1] += letter;
  }
  return cells;
};

const textOf = (cell: string): string | undefined => {
  const bytes = Buffer.from(cell, 'latin1');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes) || text.includes('\0')) return undefined;
  if (!text.startsWith('"')) return text;
  let out = '';
  for (let at = 1; at < text.length; at++) {
    if (text[at] !== '"') out += text[at];
    else if (text[at + 1] === '"') {
      out += '"';
      at++;
    }
  }
  return out;
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function float(cell: string, nan: boolean): number | string {
  const text = textOf(cell)?.trim();
  if (text === undefined) return 'row.text';
  if (text === '') return nan ? Number.NaN : 'row.missing';
  if (text.toLowerCase() === 'nan') return Number.NaN;
  if (!NUMBER.test(text)) return 'row.number';
  const value = Math.fround(Number(text));
  return Number.isFinite(value) ? value : 'row.range';
}

function integer(cell: string): bigint | string {
  const text = textOf(cell)?.trim();
  if (text === undefined) return 'row.text';
  if (text === '') return 'row.missing';
  if (!NUMBER.test(text)) return 'row.number';
  const plain = text.replace(/^\+/, '').replace(/^-?(?=\.)/, '$&0');
  const value = exactInteger(plain.replace(/^(-?)0+(?=\d)/, '$1').replace(/\.(?!\d)/, ''));
  if (value === undefined)
    return Number.isSafeInteger(Number(text)) || Number(text) % 1 !== 0 ? 'row.number' : 'row.range';
  return BigInt.asIntN(64, value) === value ? value : 'row.range';
}

export function expectedRows(bytes: Buffer, quotes: boolean, nan: boolean): Expected[] {
  return linesOf(bytes, quotes)
    .slice(1)
    .map(({ start, text }) => ({ start, position: start, bytes: text, row: rowOf(text, nan) }));
}

function rowOf(line: string, nan: boolean): Expected['row'] {
  if (line.split('"').length % 2 === 0) return { code: 'row.quote' };
  const cells = cellsOf(line);
  if (cells.length !== HEADING.length) return { code: 'row.cells' };
  const [id, a, b, n, s] = cells as [string, string, string, string, string];
  const values = [float(a, nan), float(b, nan), integer(n), textOf(s) ?? 'row.text'];
  const code = values.slice(0, 3).find((value) => typeof value === 'string') ?? (textOf(s) === undefined && 'row.text');
  if (typeof code === 'string') return { code };
  const kept = textOf(id);
  if (kept === undefined) return { code: 'row.text' };
  return { values: [values.slice(0, 2), [values[2]], [values[3]]], kept: [kept] };
}
