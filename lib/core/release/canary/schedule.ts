/** Seconds until a step is first looked at, and the least between two looks of a bake that is long enough. */
const FIRST = 60;

/** A bake has a look at least at each of so many parts of it. */
const PARTS = 10;

/** How long a step is watched. */
export interface Watch {
  readonly bakeSeconds: number;
  readonly extensionSeconds: number;
}

/**
 * Seconds since a step began at which it is looked at, ascending: at tenths of the bake and of its extension, once a second
 * at most. In bakes over ten minutes besides after 1, 2, 4, 8, … minutes until the first tenth, as what does harm mostly
 * does it at once. So the looks are few however long the bake: 20, and one for each doubling.
 */
export function lookTimes({ bakeSeconds, extensionSeconds }: Watch): number[] {
  const extension = tenths(extensionSeconds).map((seconds) => bakeSeconds + seconds);
  return [...early(bakeSeconds), ...tenths(bakeSeconds), ...extension];
}

function early(seconds: number): number[] {
  const times: number[] = [];
  for (let time = FIRST; time < seconds / PARTS; time *= 2) times.push(time);
  return times;
}

function tenths(seconds: number): number[] {
  const parts = Math.min(PARTS, seconds);
  return Array.from({ length: parts }, (_, part) => Math.ceil((seconds * (part + 1)) / parts));
}

/**
 * What may be spent of alpha in the first share `t` (0 to 1) of the time: ln(1 + (e - 1) t), which acts as Pocock's
 * boundary: nearly even, so that harm may show early. Lan and DeMets 1983, Biometrika 70:659-663; by calendar time,
 * Lan and DeMets 1989, Statistics in Medicine 8:1191-1198.
 */
const spent = (t: number): number => Math.log(1 + (Math.E - 1) * Math.min(1, Math.max(0, t)));

/**
 * The chance of a false alarm that a look after `seconds` may take, where the last one before was after `before`. All
 * looks of a step together take `alpha` at most, whatever depends on what, as chances of a union add up to no more.
 */
export function levelOf(
  alpha: number,
  { bakeSeconds, extensionSeconds }: Watch,
  before: number,
  seconds: number,
): number {
  const whole = bakeSeconds + extensionSeconds;
  return alpha * (spent(seconds / whole) - spent(before / whole));
}
