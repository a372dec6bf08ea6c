import { drawing, line, path, text } from '#core/release/card/svg.ts';
import { type Curve, MARGIN } from './curve.ts';
import { ALPHA } from './scenarios.ts';

const [WIDTH, HEIGHT] = [720, 400];
const PLOT = { left: 60, right: WIDTH - 110, top: 48, bottom: HEIGHT - 56 } as const;
const COLOURS = ['#9ecae1', '#6baed6', '#3182bd', '#08519c'] as const;
const [LEAST, MOST] = [-0.06, 0.02];

const x = (difference: number): number =>
  PLOT.left + ((difference - LEAST) / (MOST - LEAST)) * (PLOT.right - PLOT.left);
const y = (share: number): number => PLOT.bottom - share * (PLOT.bottom - PLOT.top);

/** The share of releases that are promoted, by the true difference, one line for each number of rows. */
export const plot = (all: readonly Curve[], releases: number): string =>
  `${drawing(WIDTH, HEIGHT, `Promoted, of ${releases} releases a point: not worse by ${MARGIN}, alpha ${ALPHA}`, [
    ...axes(),
    line(x(-MARGIN), PLOT.top, x(-MARGIN), PLOT.bottom, { stroke: '#c00', 'stroke-dasharray': '4 3' }),
    text(x(-MARGIN) + 4, PLOT.top + 12, 'worse by the margin', { fill: '#c00' }),
    line(PLOT.left, y(ALPHA), PLOT.right, y(ALPHA), { stroke: '#c00', 'stroke-dasharray': '4 3' }),
    text(PLOT.right + 6, y(ALPHA) + 4, `alpha ${ALPHA}`, { fill: '#c00' }),
    ...all.flatMap(curve),
  ])}\n`;

function axes(): string[] {
  const shares = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const differences = [-0.06, -0.045, -0.03, -0.015, 0, 0.015];
  return [
    ...shares.flatMap((share) => [
      line(PLOT.left, y(share), PLOT.right, y(share), { stroke: '#eee' }),
      text(PLOT.left - 8, y(share) + 4, `${100 * share} %`, { 'text-anchor': 'end' }),
    ]),
    ...differences.map((at) => text(x(at), PLOT.bottom + 18, String(at), { 'text-anchor': 'middle' })),
    line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 16, 'true difference of accuracy, challenger less champion', {
      'text-anchor': 'middle',
    }),
  ];
}

function curve({ rows, points }: Curve, index: number): string[] {
  const stroke = COLOURS[index % COLOURS.length]!;
  const legend = PLOT.top + 30 + 20 * index;
  return [
    path(
      points.map(({ difference, promoted }) => [x(difference), y(promoted)]),
      { stroke, 'stroke-width': 2 },
    ),
    line(PLOT.right + 8, legend, PLOT.right + 28, legend, { stroke, 'stroke-width': 2 }),
    text(PLOT.right + 34, legend + 4, `${rows} rows`),
  ];
}
