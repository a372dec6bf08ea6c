/** A stretch of time that is looked at as a whole, aligned to midnight, UTC. */
export interface Window {
  /** `2026-11-23T07-1h`: its beginning and its length; in the order of time as text. */
  readonly id: string;
  /** Milliseconds since 1970, within it. */
  readonly from: number;
  /** Its end, not within it. */
  readonly to: number;
}

const HOUR_MS = 3_600_000;

/** The window of so many hours, 1 to 24 and a divisor of 24, that a time is in. */
export function windowOf(at: number, hours: number): Window {
  const length = hours * HOUR_MS;
  const from = Math.floor(at / length) * length;
  return { id: `${new Date(from).toISOString().slice(0, 13)}-${hours}h`, from, to: from + length };
}

/** The beginnings of its hours. */
export const hoursOf = ({ from, to }: Window): number[] =>
  Array.from({ length: (to - from) / HOUR_MS }, (_, index) => from + index * HOUR_MS);
