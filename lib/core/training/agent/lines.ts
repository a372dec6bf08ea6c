/** A line that a trainer has printed. */
export interface LogLine {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Characters of a line that expressions look at: what is longer is data, and no message. */
const LONGEST_SEARCHED = 4096;

/** What people are shown: so many lines, and so many characters of each. */
const SHOWN_LINES = 20;
const LONGEST_SHOWN = 500;

/** What a terminal would show one after the other in one line, as progress bars do, is a line each. */
export const visibleLines = (lines: readonly LogLine[]): LogLine[] =>
  lines.flatMap(({ text, at }) =>
    text
      .split('\r')
      .filter((part) => part.trim() !== '')
      .map((part) => ({ text: part.slice(0, LONGEST_SEARCHED), at })),
  );

/** The last of `before` and `more`, as people are shown them. */
export function lastLines(before: readonly string[], more: readonly LogLine[]): readonly string[] {
  if (more.length === 0) return before;
  return [...before, ...more.slice(-SHOWN_LINES).map(({ text }) => shown(text))].slice(-SHOWN_LINES);
}

const shown = (text: string): string => {
  const line = text.trimEnd();
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
};
