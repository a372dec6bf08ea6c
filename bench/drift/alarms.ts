/** How often nothing is wrong and it is said to be. */
import { Random } from '#core/evaluation/statistics/random.ts';
import { type DriftSettings, judgeDrift } from '#core/monitoring/drift/judge.ts';
import type { DriftVerdict } from '#core/monitoring/drift/verdict.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { type Columns, drawColumns, profileOf } from './draw.ts';
import { type Rate, rateOf } from './rate.ts';

/** Hourly windows of a month. */
const WINDOWS = 730;

export interface Quiet {
  readonly name: string;
  /** Of the baseline: another one each month, as its error is in all windows that are compared with it. */
  readonly baseline: number;
  /** Of a window, as many as are judged together. */
  readonly rows: number;
  /** Hours that are put together until there are enough rows. @default 1 */
  readonly hours?: number;
  readonly correlation?: number;
  /** @default - those of the detector */
  readonly settings?: DriftSettings;
  /** Of the months that are asked for, of what takes long. @default 1 */
  readonly fraction?: number;
}

export interface Alarms extends Rate {
  readonly scenario: string;
  readonly baseline: number;
  readonly rows: number;
}

export const SCENARIOS: readonly Quiet[] = [
  { name: '500 rows an hour', baseline: 5000, rows: 500 },
  { name: '200 rows an hour, the fewest', baseline: 5000, rows: 200 },
  { name: 'features that depend on one another', baseline: 5000, rows: 500, correlation: 0.5, fraction: 1 / 2 },
  { name: 'as many rows in the baseline as in a window', baseline: 500, rows: 500, fraction: 1 / 2 },
  { name: 'a small baseline', baseline: 150, rows: 500, fraction: 1 / 2 },
  { name: '50 rows an hour, put together', baseline: 5000, rows: 200, hours: 4 },
  { name: '50,000 rows a day', baseline: 50_000, rows: 50_000, hours: 24, fraction: 1 / 3 },
];

/** Alarms, each from when a feature is confirmed until none is, in months without drift. */
export function quietMonths(scenario: Quiet, months: number, seed: number): Alarms {
  const { name, baseline, rows, fraction = 1 } = scenario;
  const alarms = Array.from(
    { length: Math.ceil(months * fraction) },
    (_, month) => quietMonth(scenario, new Random(seed + month)).alarms,
  );
  return { scenario: name, baseline, rows, ...rateOf(alarms) };
}

/** Alarms, and windows that were in alarm. `onRows` takes what is drawn: the baseline, then the windows. */
export function quietMonth(
  { baseline, rows, hours = 1, correlation = 0, settings }: Quiet,
  random: Random,
  onRows?: (columns: Columns) => void,
): { readonly alarms: number; readonly windows: number } {
  const draw = (count: number, source: string) => {
    const columns = drawColumns(random, { rows: count, correlation });
    onRows?.(columns);
    return profileOf(columns, source);
  };
  const trained = draw(baseline, 'baseline');
  const verdicts: DriftVerdict[] = [];
  for (let window = 0; window < Math.floor(WINDOWS / hours); window++) {
    verdicts.push(judgeNext(trained, draw(rows, `window ${window}`), verdicts, settings));
  }
  const alarming = verdicts.map(({ state }) => state === 'drifting');
  return { alarms: begun(alarming), windows: alarming.filter(Boolean).length };
}

export const judgeNext = (
  baseline: Profile,
  live: Profile,
  verdicts: readonly DriftVerdict[],
  settings: DriftSettings = {},
): DriftVerdict => judgeDrift(baseline, live, settings, verdicts.slice(-1));

/** How often it changes to true. */
const begun = (alarming: readonly boolean[]): number =>
  alarming.filter((is, index) => is && alarming[index - 1] !== true).length;
