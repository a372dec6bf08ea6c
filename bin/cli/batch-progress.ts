import type { BatchPlan } from '#core/batch/plan.ts';
import { styleError } from './output.ts';

/** One line of stderr that is written over while rows are scored. */
export interface RowProgress {
  /** Whether anybody sees it. */
  readonly shown: boolean;
  /** `rows` are scored or in quarantine by now. */
  update(rows: number): void;
  /** Takes the line away. */
  end(): void;
}

const SILENT: RowProgress = { shown: false, update: () => undefined, end: () => undefined };
const BAR_CELLS = 24;
const CLEAR_LINE = '\r\u001b[2K';

/** Where a person watches a terminal; nothing in a pipe, in CI logs, or with --json. `before` are rows of an earlier drive. */
export function rowProgress(
  { estimate }: Pick<BatchPlan, 'estimate'>,
  before: number,
  json: boolean,
  stream: NodeJS.WriteStream = process.stderr,
): RowProgress {
  if (json || !stream.isTTY) return SILENT;
  const begun = performance.now();
  const update = (rows: number): void => {
    const perSecond = ((rows - before) * 1000) / Math.max(1, performance.now() - begun);
    stream.write(CLEAR_LINE + progressLine(rows, Math.max(rows, estimate.rows), perSecond));
  };
  update(before);
  return { shown: true, update, end: () => void stream.write(CLEAR_LINE) };
}

/** `████░░░░ 50 %  5,000 of 10,000 rows  2,500 rows/s  2 s left` */
export function progressLine(rows: number, all: number, perSecond: number): string {
  const share = all === 0 ? 1 : rows / all;
  const filled = Math.round(share * BAR_CELLS);
  const bar = styleError('cyan', '█'.repeat(filled)) + styleError('dim', '░'.repeat(BAR_CELLS - filled));
  const speed =
    perSecond > 0 ? [`${formatCount(perSecond)} rows/s`, `${formatSeconds((all - rows) / perSecond)} left`] : [];
  return [`${bar} ${Math.floor(share * 100)} %`, `${formatCount(rows)} of ${formatCount(all)} rows`, ...speed].join(
    '  ',
  );
}

/** `12,345` */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `8 s`, `3 min`, `2.5 h`: as exact as an estimate is. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toPrecision(2))} h`;
}
