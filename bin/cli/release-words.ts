import { stripVTControlCharacters } from 'node:util';
import type { GateResult } from '#core/release/result.ts';
import { styleError } from './output.ts';

export const WIDTH = 10;

const INDENT = WIDTH + 4;

/** Narrower than that nothing is broken into lines. */
const LEAST_COLUMNS = 40;

/** `  gates       pass`; in a terminal its further lines begin below the text. */
export const line = (what: string, text: string, columns: number | undefined = process.stderr.columns): string =>
  `  ${what.padEnd(WIDTH)}  ${wrapped(text, (columns ?? Number.POSITIVE_INFINITY) - INDENT, INDENT)}`;

const MARK = { pass: 'pass', fail: 'FAIL', inconclusive: '?', 'not applicable': '-' } as const;
const COLOUR = { pass: 'green', fail: 'red', inconclusive: 'yellow', 'not applicable': 'dim' } as const;

/** One line a rule: its answer and its sentence. */
export const resultLines = (results: readonly GateResult[]): string[] =>
  results.map(({ verdict, sentence }) =>
    line('', `${styleError(COLOUR[verdict], MARK[verdict].padEnd(4))}  ${sentence}`),
  );

/** A reason without the sentences of the rules that are told one by one. */
export const withoutSentences = (reason: string, results: readonly GateResult[]): string =>
  results
    .reduce((rest, { sentence }) => rest.replace(sentence, ''), reason)
    .replace(/\s+/g, ' ')
    .trim();

/** One or several of a thing: `1 golden answer is`. */
export const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

/** `2026-11-29 23:54 UTC` of an ISO 8601 time. */
export const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

function wrapped(text: string, width: number, indent: number): string {
  if (width < LEAST_COLUMNS - INDENT || stripVTControlCharacters(text).length <= width) return text;
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && stripVTControlCharacters(longer).length > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return [...lines, current].join(`\n${' '.repeat(indent)}`);
}
