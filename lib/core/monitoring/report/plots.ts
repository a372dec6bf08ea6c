import type { Distribution } from './distributions.ts';
import { escaped, percent, shortened, shown, tag } from './markup.ts';

/** Drawings that take their colours from the page, so that they fit into light and dark. */

const WIDTH = 340;
const BARS_HEIGHT = 110;
const ROW_HEIGHT = 30;

/** Bars of then behind those of now. `what` says it to who cannot see. */
export const distributionPlot = (distribution: Distribution, what: string): string =>
  distribution.kind === 'numbers' ? numbersPlot(distribution, what) : categoriesPlot(distribution, what);

function numbersPlot({ edges, baseline, live }: Extract<Distribution, { kind: 'numbers' }>, what: string): string {
  const most = Math.max(...baseline, ...live) || 1;
  const step = WIDTH / baseline.length;
  const bars = (shares: readonly number[], of: string) =>
    shares.map((share, index) => {
      const height = (share / most) * (BARS_HEIGHT - 4);
      return tag('rect', { class: of, x: index * step + 0.5, y: BARS_HEIGHT - height, width: step - 1, height });
    });
  const [first, middle, last] = [edges[0], edges[edges.length >> 1], edges.at(-1)].map(shown) as [
    string,
    string,
    string,
  ];
  return drawing(BARS_HEIGHT + 18, what, [
    ...bars(baseline, 'then'),
    ...bars(live, 'now'),
    tag('line', { class: 'axis', x1: 0, y1: BARS_HEIGHT, x2: WIDTH, y2: BARS_HEIGHT }),
    label(0, BARS_HEIGHT + 13, first, 'start'),
    label(WIDTH / 2, BARS_HEIGHT + 13, middle, 'middle'),
    label(WIDTH, BARS_HEIGHT + 13, last, 'end'),
  ]);
}

const NAME_WIDTH = 120;
const SHARE_WIDTH = 44;

function categoriesPlot(
  { names, baseline, live }: Extract<Distribution, { kind: 'categories' }>,
  what: string,
): string {
  const most = Math.max(...baseline, ...live) || 1;
  const room = WIDTH - NAME_WIDTH - SHARE_WIDTH;
  const rows = names.flatMap((name, index) => {
    const y = index * ROW_HEIGHT + 4;
    const bar = (share: number, of: string, at: number) => [
      tag('rect', { class: of, x: NAME_WIDTH, y: y + at, width: Math.max(0.5, (share / most) * room), height: 10 }),
      label(NAME_WIDTH + (share / most) * room + 4, y + at + 9, percent(share), 'start'),
    ];
    return [
      label(NAME_WIDTH - 6, y + 15, shortened(name, 16), 'end'),
      ...bar(baseline[index] as number, 'then', 0),
      ...bar(live[index] as number, 'now', 11),
    ];
  });
  return drawing(names.length * ROW_HEIGHT + 4, what, rows);
}

/** A number at a time, with its bounds where they are known. */
export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

const TIME = { width: 720, height: 200, left: 46, right: 12, top: 12, bottom: 24 } as const;

/** Lines over time, each with a band around it; `marks` are times at which something happened. Undefined where there is nothing to draw. */
export function timePlot(
  series: readonly Series[],
  { what, marks = [], line }: { readonly what: string; readonly marks?: readonly number[]; readonly line?: number },
): string | undefined {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return undefined;
  const values = points.flatMap(({ value, low = value, high = value }) => [low, high]);
  if (line !== undefined) values.push(line);
  const x = scale(
    points.map(({ at }) => at),
    [TIME.left, TIME.width - TIME.right],
  );
  const y = scale(padded(values), [TIME.height - TIME.bottom, TIME.top]);
  const drawn = series.flatMap(({ points: own }, index) => [
    band(own, { x, y }, index),
    tag('polyline', {
      class: `line s${index % COLOURS}`,
      points: own.map(({ at, value }) => pair(x.of(at), y.of(value))).join(' '),
    }),
    ...own.map(({ at, value }) =>
      tag('circle', { class: `dot s${index % COLOURS}`, cx: x.of(at), cy: y.of(value), r: 2.5 }),
    ),
  ]);
  return drawing(
    TIME.height,
    what,
    [
      ...[y.least, (y.least + y.most) / 2, y.most].flatMap((value) => [
        tag('line', { class: 'grid', x1: TIME.left, y1: y.of(value), x2: TIME.width - TIME.right, y2: y.of(value) }),
        label(TIME.left - 6, y.of(value) + 4, shown(value), 'end'),
      ]),
      ...marks
        .filter((at) => at >= x.least && at <= x.most)
        .map((at) =>
          tag('line', { class: 'mark', x1: x.of(at), y1: TIME.top, x2: x.of(at), y2: TIME.height - TIME.bottom }),
        ),
      ...(line === undefined
        ? []
        : [
            tag('line', { class: 'limit', x1: TIME.left, y1: y.of(line), x2: TIME.width - TIME.right, y2: y.of(line) }),
          ]),
      ...drawn,
      label(TIME.left, TIME.height - 6, timeOf(x.least), 'start'),
      label(TIME.width - TIME.right, TIME.height - 6, timeOf(x.most), 'end'),
    ],
    TIME.width,
  );
}

/** Classes `s0` to `s4` of the page. */
export const COLOURS = 5;

interface Scale {
  readonly least: number;
  readonly most: number;
  of(value: number): number;
}

function scale(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    least,
    most,
    of: (value) => (most === least ? (from + to) / 2 : from + ((value - least) / (most - least)) * (to - from)),
  };
}

/** Room above and below, so that what hardly moves does not look as if it did. */
function padded(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max((most - least) * 0.1, Math.abs(most) * 0.01, 1e-9);
  const shares = least >= 0 && most <= 1;
  return [shares ? Math.max(0, least - pad) : least - pad, shares ? Math.min(1, most + pad) : most + pad];
}

function band(points: readonly Point[], { x, y }: { readonly x: Scale; readonly y: Scale }, index: number): string {
  const bounded = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (bounded.length === 0) return '';
  const upper = bounded.map(({ at, high }) => pair(x.of(at), y.of(high as number)));
  const lower = bounded.toReversed().map(({ at, low }) => pair(x.of(at), y.of(low as number)));
  return tag('polygon', { class: `band s${index % COLOURS}`, points: [...upper, ...lower].join(' ') });
}

const pair = (x: number, y: number): string => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;

export const timeOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

const label = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string =>
  tag('text', { x, y, 'text-anchor': anchor }, escaped(words));

const drawing = (height: number, what: string, parts: readonly string[], width = WIDTH): string =>
  tag(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img' },
    tag('title', {}, escaped(shortened(what, 200))),
    ...parts,
  );
