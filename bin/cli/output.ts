import { styleText } from 'node:util';

/** Data: what a script would read. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document, as every command answers with --json. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Words for the person who waits: progress, notes, next steps. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Styled where stdout is a terminal and NO_COLOR is not set. */
export const style = (styles: Style | Style[], text: string): string =>
  styleText(styles, text, { stream: process.stdout });

/** The same for what goes to stderr. */
export const styleError = (styles: Style | Style[], text: string): string =>
  styleText(styles, text, { stream: process.stderr });

/** Columns as wide as their widest cell, two spaces apart; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1.2 MB` of 1,234,567 bytes: three digits, decimal units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
