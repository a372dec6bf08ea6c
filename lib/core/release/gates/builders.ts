import type { Gate } from './options.ts';

/*
 * Gates as a configuration writes them: `gates: [atLeast('accuracy', 0.93), p99Below({ ms: 50 })]`. What they make is plain
 * data, checked where the configuration is read.
 */

/** What may be said of every statistical gate. */
interface Sure {
  /** Chance of a wrong pass, and as much of a wrong fail. @default 0.05 */
  readonly alpha?: number;
}

/** A metric is surely `value` or more: `atLeast('accuracy', 0.93)`. */
export const atLeast = (metric: string, value: number, options: Sure = {}): Gate<'atLeast'> => ({
  gate: 'atLeast',
  metric,
  value,
  ...options,
});

/** An error is surely `value` or less: `atMost('root_mean_squared_error', 3.5)`. */
export const atMost = (metric: string, value: number, options: Sure = {}): Gate<'atMost'> => ({
  gate: 'atMost',
  metric,
  value,
  ...options,
});

/** Surely not worse than the live version by `margin` or more, on the same rows. */
export const nonInferior = (
  metric: string,
  options: Sure & { readonly margin: number; readonly power?: number; readonly discordance?: number },
): Gate<'nonInferior'> => ({ gate: 'nonInferior', metric, ...options });

/** Surely better than the live version, by more than `by`. */
export const better = (metric: string, options: Sure & { readonly by?: number } = {}): Gate<'better'> => ({
  gate: 'better',
  metric,
  ...options,
});

/** No value of a slice column is surely worse than the live version by `margin`, and all of them surely are not. */
export const noSliceWorse = (options: Omit<Gate<'noSliceWorse'>, 'gate'> = {}): Gate<'noSliceWorse'> => ({
  gate: 'noSliceWorse',
  ...options,
});

/** The groups of a slice column surely differ by `limit` at most. */
export const fair = (slice: string, options: Omit<Gate<'fair'>, 'gate' | 'slice'>): Gate<'fair'> => ({
  gate: 'fair',
  slice,
  ...options,
});

/** The confidence of its answers is surely off by `ece` at most, on average. */
export const calibrated = (options: Sure & { readonly ece: number }): Gate<'calibrated'> => ({
  gate: 'calibrated',
  ...options,
});

/** Half of the requests take surely `ms` milliseconds at most. */
export const p50Below = (options: Sure & { readonly ms: number }): Gate<'p50Below'> => ({
  gate: 'p50Below',
  ...options,
});

/** 99 of 100 requests take surely `ms` milliseconds at most. */
export const p99Below = (options: Sure & { readonly ms: number }): Gate<'p99Below'> => ({
  gate: 'p99Below',
  ...options,
});

/** A percentile of its latency is surely `ratio` times that of the live version at most. */
export const notSlower = (options: Omit<Gate<'notSlower'>, 'gate'>): Gate<'notSlower'> => ({
  gate: 'notSlower',
  ...options,
});

/** All its files have `bytes` at most. */
export const sizeBelow = (options: { readonly bytes: number }): Gate<'sizeBelow'> => ({
  gate: 'sizeBelow',
  ...options,
});

/** All its files have `ratio` times the bytes of the live version at most. */
export const notLarger = (options: { readonly ratio: number }): Gate<'notLarger'> => ({
  gate: 'notLarger',
  ...options,
});

/** There are so many good rows, of all, of each class, of each value of each slice column. */
export const enoughRows = (options: Omit<Gate<'enoughRows'>, 'gate'>): Gate<'enoughRows'> => ({
  gate: 'enoughRows',
  ...options,
});

/** The held-out rows themselves are sound. */
export const dataQuality = (options: Omit<Gate<'dataQuality'>, 'gate'> = {}): Gate<'dataQuality'> => ({
  gate: 'dataQuality',
  ...options,
});

/** A rule of yours: a module beside the configuration, or the ARN of a Lambda function. */
export const custom = (run: string): Gate<'custom'> => ({ gate: 'custom', run });
