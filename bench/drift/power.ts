/** How often a shift is found. */
import { Random } from '#core/evaluation/statistics/random.ts';
import { judgeNext } from './alarms.ts';
import { type Columns, type Drawing, drawColumns, profileOf } from './draw.ts';

export interface Shifted {
  readonly feature: string;
  /** Of the mean, in standard deviations; of a flag or category, of its share. */
  readonly shift: number;
  readonly rows: number;
  readonly baseline: number;
}

export interface Power extends Shifted {
  readonly times: number;
  /** Share of the times that it was confirmed by the second full window. */
  readonly found: number;
}

interface PowerOptions {
  /** Shifts that are compared with one baseline: drawing it takes longer than the windows. @default 40 */
  readonly each?: number;
  /** Takes what is drawn: a baseline, then the windows. */
  readonly onRows?: (columns: Columns) => void;
}

export function powerOf(shifted: Shifted, times: number, seed: number, options: PowerOptions = {}): Power {
  const { each = 40, onRows } = options;
  let found = 0;
  for (let done = 0; done < times; done += each) {
    const random = new Random(seed + done);
    const draw = (drawing: Drawing, source: string) => {
      const columns = drawColumns(random, drawing);
      onRows?.(columns);
      return profileOf(columns, source);
    };
    const baseline = draw({ rows: shifted.baseline }, 'baseline');
    for (let time = 0; time < each; time++) {
      const drawing = { rows: shifted.rows, shifts: { [shifted.feature]: shifted.shift } };
      const first = judgeNext(baseline, draw(drawing, `first ${time}`), []);
      const second = judgeNext(baseline, draw(drawing, `second ${time}`), [first]);
      if (second.features.some(({ name, confirmed }) => confirmed && name === shifted.feature)) found++;
    }
  }
  return { ...shifted, times, found: found / times };
}

const ROWS = 500;
const BASELINE = 20_000;

/** Half a standard deviation, and 20 % that become 30 %. */
export const STATED: readonly Shifted[] = [
  ...['normal0', 'skewed0', 'skewed1', 'count0'].map((feature) => ({ feature, shift: 0.5 })),
  ...['flag0', 'level0', 'class0', 'class1', 'class2', 'class3', 'class4'].map((feature) => ({ feature, shift: 0.1 })),
].map((shifted) => ({ ...shifted, rows: ROWS, baseline: BASELINE }));

const curve = (feature: string, shifts: readonly number[], rows: number): Shifted[] =>
  shifts.map((shift) => ({ feature, shift, rows, baseline: BASELINE }));

export const CURVE_ROWS = [200, 500, 1000] as const;

export const CURVES: readonly Shifted[] = CURVE_ROWS.flatMap((rows) => [
  ...curve('normal0', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8], rows),
  ...curve('class2', [0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.16], rows),
]);
