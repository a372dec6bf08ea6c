import type { GateResult } from '#core/release/result.ts';
import { styleError } from './output.ts';

export const WIDTH = 10;

/** `  gates       pass` */
export const line = (what: string, text: string): string => `  ${what.padEnd(WIDTH)}  ${text}`;

const MARK = { pass: 'pass', fail: 'FAIL', inconclusive: '?', 'not applicable': '-' } as const;
const COLOUR = { pass: 'green', fail: 'red', inconclusive: 'yellow', 'not applicable': 'dim' } as const;

/** One line a rule: its answer and its sentence. */
export const resultLines = (results: readonly GateResult[]): string[] =>
  results.map(({ verdict, sentence }) =>
    line('', `${styleError(COLOUR[verdict], MARK[verdict].padEnd(4))}  ${sentence}`),
  );
