import type { Level } from '#core/deployment/condition.ts';
import { style } from './output.ts';

const MARKS = {
  ok: { word: 'ok     ', color: 'green' },
  warning: { word: 'warning', color: 'yellow' },
  failure: { word: 'failure', color: 'red' },
} as const;

/** How something stands, in a word of seven characters. */
export const mark = (level: Level): string => style(MARKS[level].color, MARKS[level].word);
