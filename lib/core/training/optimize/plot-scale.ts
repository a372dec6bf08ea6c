import type { Measured } from './document.ts';

/** Where a value lies along an axis, in pixels. */
export interface Scale {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

/** What holds all of the values with a little room, from `from` to `to` in pixels; ticks are round numbers. */
export function scaleOf(values: readonly Measured[], [from, to]: readonly [number, number]): Scale {
  const [low, high] = [Math.min(...values.map((each) => each.low)), Math.max(...values.map((each) => each.high))];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const [first, last] = [low - room, high + room];
  const step = roundStep((last - first) / 5);
  const count = Math.floor(last / step) - Math.ceil(first / step) + 1;
  return {
    ticks: Array.from({ length: count }, (_, index) => (Math.ceil(first / step) + index) * step),
    place: (value) => from + ((value - first) / (last - first)) * (to - from),
  };
}

/** The next of 1, 2, 5, 10, 20 and so on. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((times) => times * power >= least) ?? 10) * power;
}
