import type { OptimizeOptions } from '../options.ts';

/** What variants are judged by, and chosen. */
export interface Settings {
  /** What the metric may lose, as a difference. */
  readonly margin: number;
  /** Share of the rows with the same answer, at the least. */
  readonly agreement: number;
  readonly prefer: 'latency' | 'size' | 'load';
  /** That the median of one row may take. @default - no limit */
  readonly milliseconds?: number;
  /** @default - no limit */
  readonly bytes?: number;
}

/** With what holds where nothing is said. */
export function settingsOf(options: OptimizeOptions = {}): Settings {
  const { margin = 0.01, agreement = 0.98, prefer = 'latency', milliseconds, bytes } = options;
  return {
    margin,
    agreement,
    prefer,
    ...(milliseconds !== undefined && { milliseconds }),
    ...(bytes !== undefined && { bytes }),
  };
}
