import type { Share } from '../../evaluation/statistics/proportions.ts';

/** Numbers of sentences: few digits, and never more than they mean. */

/** A share, in percent. */
export const percent = (share: number): string => `${plain(share * 100)} %`;

/** `3 of 412 requests (0.728 %)` */
export const ofRequests = ({ events, trials }: Share): string =>
  `${events} of ${trials} requests${trials > 0 ? ` (${percent(events / trials)})` : ''}`;

/** A difference of shares, in percentage points. */
export const points = (share: number): string => plain(share * 100);

/** Milliseconds. */
export const ms = (time: number | undefined): string => (time === undefined ? 'unknown' : `${plain(time)} ms`);

export const times = (ratio: number): string => (Number.isFinite(ratio) ? plain(ratio) : 'any number');

/** Three digits, and those before the point. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const digits = Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return String(Number(digits));
}

export const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What a document holds of a number that may be none: JSON has no word for infinity. */
export const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
