import { drawing, line, path, text } from '#core/release/card/svg.ts';
import { CURVE_ROWS, type Power } from './power.ts';

const [WIDTH, HEIGHT] = [760, 360];
const [TOP, BOTTOM] = [48, HEIGHT - 56];
const COLOURS = ['#9ecae1', '#3182bd', '#08306b'] as const;
const POWER = 0.9;

interface Panel {
  readonly feature: string;
  readonly title: string;
  readonly left: number;
  readonly right: number;
  readonly most: number;
  readonly ticks: readonly number[];
  readonly stated: number;
}

const PANELS: readonly Panel[] = [
  {
    feature: 'normal0',
    title: 'shift of a mean, in standard deviations',
    left: 60,
    right: 350,
    most: 0.8,
    ticks: [0, 0.2, 0.4, 0.6, 0.8],
    stated: 0.5,
  },
  {
    feature: 'class2',
    title: 'shift of a share of 0.2, of 5 categories',
    left: 400,
    right: 690,
    most: 0.16,
    ticks: [0, 0.04, 0.08, 0.12, 0.16],
    stated: 0.1,
  },
];

const y = (share: number): number => BOTTOM - share * (BOTTOM - TOP);
const x = ({ left, right, most }: Panel, shift: number): number => left + (shift / most) * (right - left);

/** The share of shifts that are confirmed by the second full window, one line for each number of rows. */
export const plot = (all: readonly Power[]): string =>
  `${drawing(
    WIDTH,
    HEIGHT,
    'Drift that is confirmed by the second full window, by its size',
    PANELS.flatMap((panel) => [...axes(panel), ...CURVE_ROWS.flatMap((rows, index) => curve(panel, all, rows, index))]),
  )}\n`;

const axes = (panel: Panel): string[] => [
  ...[0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    line(panel.left, y(share), panel.right, y(share), { stroke: '#eee' }),
    text(panel.left - 8, y(share) + 4, `${Math.round(100 * share)} %`, { 'text-anchor': 'end' }),
  ]),
  ...panel.ticks.map((at) => text(x(panel, at), BOTTOM + 18, String(at), { 'text-anchor': 'middle' })),
  line(panel.left, BOTTOM, panel.right, BOTTOM),
  line(panel.left, y(POWER), panel.right, y(POWER), { stroke: '#c00', 'stroke-dasharray': '4 3' }),
  line(x(panel, panel.stated), TOP, x(panel, panel.stated), BOTTOM, { stroke: '#c00', 'stroke-dasharray': '4 3' }),
  text((panel.left + panel.right) / 2, HEIGHT - 16, panel.title, { 'text-anchor': 'middle' }),
];

function curve(panel: Panel, all: readonly Power[], rows: number, index: number): string[] {
  const stroke = COLOURS[index]!;
  const points = all.filter((one) => one.feature === panel.feature && one.rows === rows);
  const legend = TOP + 20 + 20 * index;
  return [
    path(
      points.map(({ shift, found }) => [x(panel, shift), y(found)]),
      { stroke, 'stroke-width': 2 },
    ),
    line(panel.left + 8, legend, panel.left + 24, legend, { stroke, 'stroke-width': 2 }),
    text(panel.left + 30, legend + 4, `${rows} rows`),
  ];
}
