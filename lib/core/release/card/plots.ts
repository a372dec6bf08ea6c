import type { EvaluationReport, ModelReport } from '../evaluation/report.ts';
import { drawing, element, line, path, text } from './svg.ts';

/** A drawing beside a card. */
export interface Plot {
  /** What comes between the release and `.svg` in its name. */
  readonly name: string;
  readonly title: string;
  /** As the card links to it. */
  readonly file: string;
  readonly svg: string;
}

/** Classes of a confusion matrix that are drawn; of more, cells would be too small to read. */
const MOST_CLASSES = 20;
const COLOURS = { challenger: '#1f6feb', champion: '#d29922' } as const;
const SIDE = 300;
const LEFT = 60;
const TOP = 50;

/** Every plot that the evaluation has numbers for. */
export function plotsOf(release: string, report: EvaluationReport): Plot[] {
  const made = [
    { name: 'confusion', title: 'Truth by row, prediction by column', svg: confusion(report) },
    { name: 'calibration', title: 'Share that was right, by confidence', svg: calibration(report) },
    { name: 'latency', title: 'Latency of one request, share of requests', svg: latency(report) },
  ];
  return made.flatMap(({ name, title, svg }) => {
    if (svg === undefined) return [];
    const [width, parts] = svg;
    return [{ name, title, file: `${release}-${name}.svg`, svg: drawing(width, TOP + SIDE + 60, title, parts) }];
  });
}

type Parts = readonly [width: number, parts: readonly string[]];

function confusion({ challenger, classes }: EvaluationReport): Parts | undefined {
  const matrix = challenger.confusion;
  if (!matrix || matrix.length === 0 || classes.length > MOST_CLASSES) return undefined;
  const size = SIDE / classes.length;
  const cells = matrix.flatMap((row, truth) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.slice(0, classes.length).map((count, predicted) => cell(predicted, truth, size, count, all));
  });
  const names = classes.flatMap((name, index) => [
    text(LEFT + 40 - 6, TOP + (index + 0.5) * size + 4, shortened(name), { 'text-anchor': 'end', 'font-size': 10 }),
    text(LEFT + 40 + (index + 0.5) * size, TOP + SIDE + 16, shortened(name), {
      'text-anchor': 'middle',
      'font-size': 10,
    }),
  ]);
  return [LEFT + SIDE + 70, [...cells, ...names]];
}

function cell(column: number, row: number, size: number, count: number, all: number): string {
  const share = all === 0 ? 0 : count / all;
  const [x, y] = [LEFT + 40 + column * size, TOP + row * size];
  const box = element('rect', {
    x,
    y,
    width: size,
    height: size,
    stroke: '#fff',
    fill: column === row ? COLOURS.challenger : '#cf222e',
    'fill-opacity': (0.05 + 0.95 * share).toFixed(3),
  });
  if (count === 0) return box;
  const fill = share > 0.5 ? '#fff' : '#333';
  const where = { 'text-anchor': 'middle', 'font-size': Math.min(12, size / 2.5), fill };
  return box + text(x + size / 2, y + size / 2 + 4, String(count), where);
}

/** Both versions over the unit square; the diagonal is what a calibrated one has. */
function calibration({ challenger, champion }: EvaluationReport): Parts | undefined {
  if (!challenger.calibration) return undefined;
  const curve = (report: ModelReport | undefined, colour: string): string[] => {
    const bins = (report?.calibration ?? []).filter(({ rows }) => rows > 0);
    const points = bins.map(({ confidence, accuracy }) => [onX(confidence), onY(accuracy)] as const);
    return [
      path(points, { stroke: colour, 'stroke-width': 2 }),
      ...points.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill: colour })),
    ];
  };
  return [
    LEFT + SIDE + 40,
    [
      ...axes(['0', '0.5', '1'], 'confidence'),
      line(onX(0), onY(0), onX(1), onY(1), { 'stroke-dasharray': '4 4' }),
      ...curve(champion, COLOURS.champion),
      ...curve(challenger, COLOURS.challenger),
      ...legend(challenger, champion),
    ],
  ];
}

/** Empirical distribution functions, up to the slower one's 95th percentile. */
function latency({ challenger, champion }: EvaluationReport): Parts | undefined {
  if (challenger.latencies.length === 0) return undefined;
  const sorted = [challenger, champion].map((report) => Float64Array.from(report?.latencies ?? []).sort());
  const most = Math.max(...sorted.map((times) => times[Math.floor(times.length * 0.95)] ?? times.at(-1) ?? 0)) || 1;
  const curve = (times: Float64Array, colour: string): string =>
    path(
      Array.from(times, (ms, index) => [onX(Math.min(1, ms / most)), onY((index + 1) / times.length)] as const),
      { stroke: colour, 'stroke-width': 2 },
    );
  const label = (share: number): string => `${Number((most * share).toPrecision(2))}`;
  return [
    LEFT + SIDE + 40,
    [
      ...axes([label(0), label(0.5), label(1)], 'milliseconds'),
      curve(sorted[1] as Float64Array, COLOURS.champion),
      curve(sorted[0] as Float64Array, COLOURS.challenger),
      ...legend(challenger, champion),
    ],
  ];
}

const onX = (share: number): number => LEFT + share * SIDE;
const onY = (share: number): number => TOP + SIDE - share * SIDE;

function axes(ticks: readonly [string, string, string], what: string): string[] {
  const [x, y] = [0, 0.5, 1]
    .map((share, index) => [share, ticks[index] as string] as const)
    .reduce<[string[], string[]]>(
      ([along, up], [share, tick]) => [
        [...along, text(onX(share), onY(0) + 18, tick, { 'text-anchor': 'middle' })],
        [...up, text(onX(0) - 8, onY(share) + 4, String(share), { 'text-anchor': 'end' })],
      ],
      [[], []],
    );
  return [
    line(onX(0), onY(0), onX(1), onY(0)),
    line(onX(0), onY(0), onX(0), onY(1)),
    ...x,
    ...y,
    text(onX(0.5), onY(0) + 36, what, { 'text-anchor': 'middle' }),
  ];
}

const legend = (challenger: ModelReport, champion: ModelReport | undefined): string[] => [
  text(onX(0.55), onY(0.14), `version ${challenger.version}`, { fill: COLOURS.challenger }),
  ...(champion ? [text(onX(0.55), onY(0.08), `version ${champion.version}, live`, { fill: COLOURS.champion })] : []),
];

const shortened = (name: string): string => (name.length > 12 ? `${name.slice(0, 11)}…` : name);
