const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** As a configuration writes a time: `90s`, `10m`, `2h`, `7d`. */
export const DURATION = /^([1-9]\d{0,6})([smhd])$/;

/** Seconds of a duration that matches `DURATION`. */
export function secondsOf(duration: string): number {
  const [, number, unit] = DURATION.exec(duration) ?? [];
  if (unit === undefined) throw new RangeError(`${duration} is no duration`);
  return Number(number) * SECONDS[unit as keyof typeof SECONDS];
}
