/** How numbers stand in the sentences of gates. */

/** Four digits that say something: 0.9667, 12.35, 1234. */
export const shown = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 10_000
    ? String(Math.round(value))
    : String(Number(value.toPrecision(4)));

/** A share, in percent: 1.5 %. */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** How sure a one-sided bound at `alpha` is: 95 %. */
export const confidence = (alpha: number): string => percent(1 - alpha);

export const times = (ratio: number): string => `${shown(ratio)} times the champion's`;

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The first five of them, and how many more there are. */
export const few = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

/** What a gain is in words. */
export const worse = (gain: number): string => (gain < 0 ? `${shown(-gain)} worse` : `${shown(gain)} better`);

/** The least that a gain can be. */
export const noLessThan = (gain: number): string => `${gain < 0 ? 'at most' : 'at least'} ${worse(gain)}`;

/** The most that a gain can be. */
export const noMoreThan = (gain: number): string => `${gain < 0 ? 'at least' : 'at most'} ${worse(gain)}`;
