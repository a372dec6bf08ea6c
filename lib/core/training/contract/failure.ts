import { exitInWords } from './exit-code.ts';

/** Characters of a failure that a person gets to see. Source: the SageMaker API reference, `FailureReason`. */
export const FAILURE_CHARACTERS = 1024;

/** What is known of a trainer that has failed. */
export interface Failed {
  readonly exitCode: number;
  /** What `output/failure` says. @default - there is no such file */
  readonly file?: string;
  /** What it printed last. */
  readonly lines: readonly string[];
  /** What whoever runs it says. @default - nothing */
  readonly reason?: string;
}

/** What the SageMaker training toolkit writes of a script whose errors it has not looked at. */
const TOLD_NOTHING = /^ExecuteUserScriptError:\s+ExitCode \d+\s+ErrorMessage ""/;

/**
 * Why it has failed: what it says itself in `output/failure`; else what whoever runs it says, its last lines, and what its
 * exit code means. As many of the lines as there is room for, whole ones, and of the last one its end.
 */
export function failureText({ exitCode, file = '', lines, reason }: Failed): string {
  const own = clean(file);
  if (own !== '' && !TOLD_NOTHING.test(own)) return first(own, FAILURE_CHARACTERS);
  const head = first(own || (reason ?? `The trainer ended with ${exitInWords(exitCode)}.`), FAILURE_CHARACTERS);
  const printed = lines.map(clean).filter((line) => line !== '');
  return [head, ...lastThatFit(printed, FAILURE_CHARACTERS - head.length)].join('\n');
}

/** Each takes a line break as well. */
function lastThatFit(lines: readonly string[], room: number): string[] {
  const taken: string[] = [];
  let left = room;
  for (const line of lines.toReversed()) {
    if (line.length + 1 > left) return taken.length === 0 ? [last(line, left - 1)].filter(Boolean) : taken;
    taken.unshift(line);
    left -= line.length + 1;
  }
  return taken;
}

/** Without what a terminal would do something about: colours, bells, and what is no text. */
const clean = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these are what is to go
    .replace(/\u001B\[[0-9;?]*[ -/]*[@-~]/g, '')
    // oxlint-disable-next-line no-control-regex -- so are these
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F]/g, '')
    .trim();

/** Never half of a character that takes two units. */
const first = (text: string, count: number): string => text.slice(0, count).replace(/[\uD800-\uDBFF]$/, '');
const last = (text: string, count: number): string =>
  count <= 0 ? '' : text.slice(-count).replace(/^[\uDC00-\uDFFF]/, '');
