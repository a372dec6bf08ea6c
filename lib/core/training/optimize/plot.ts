import { drawing, element, line, text } from '../../release/card/svg.ts';
import type { Cost, Estimated, JudgedVariant, Measured, OptimizationDocument } from './document.ts';
import type { Settings } from './settings.ts';

const WIDTH = 640;
const HEIGHT = 420;
const AREA = { left: 70, right: WIDTH - 150, top: 50, bottom: HEIGHT - 60 } as const;

const COLOURS = { original: '#333', pass: '#1a7f37', fail: '#cf222e', inconclusive: '#9a6700' } as const;

/** A model as a point: what it costs, how good it is, and how sure both are. */
interface Point {
  readonly name: string;
  readonly kind: keyof typeof COLOURS;
  readonly cost: Measured;
  readonly good: Measured;
}

/** Accuracy, or what stands in for it, against what is preferred, each with its interval of 95 %; an SVG. Undefined where nothing could be run. */
export function plotOf(document: OptimizationDocument): string | undefined {
  const points = pointsOf(document);
  if (points.length === 0) return undefined;
  const { settings, labelled, original } = document;
  const metric = labelled ? (original.estimated?.metric ?? 'accuracy') : 'agreement';
  const x = scaleOf(
    points.map(({ cost }) => cost),
    [AREA.left, AREA.right],
    0,
  );
  const floor = limitOf(document);
  const y = scaleOf(
    [...points.map(({ good }) => good), ...(floor === undefined ? [] : [exactly(floor)])],
    [AREA.bottom, AREA.top],
  );
  return drawing(WIDTH, HEIGHT, `${metric === 'r2' ? 'R2' : metric} against ${AXES[settings.prefer]}`, [
    ...axes(x, y, AXES[settings.prefer], metric),
    ...(floor === undefined ? [] : limit(y.place(floor), `${metric} that may be lost`)),
    ...budget(settings, x),
    ...points.flatMap((point) => drawn(point, x, y, point.name === document.pick?.name)),
    ...legend(points),
  ]);
}

const AXES: Readonly<Record<Settings['prefer'], string>> = {
  latency: 'milliseconds a row',
  size: 'bytes',
  load: 'milliseconds to load',
};

const exactly = (value: number): Measured => ({ value, low: value, high: value });

function pointsOf({ settings, original, variants }: OptimizationDocument): Point[] {
  const first = original.estimated ? asMeasured(original.estimated) : exactly(1);
  return [
    ...(first
      ? [{ name: 'original', kind: 'original', cost: costOf(settings, original.cost), good: first } as const]
      : []),
    ...variants.flatMap((variant): Point[] => {
      const good = variant.estimated ? asMeasured(variant.estimated) : leastAgreement(variant);
      if (!variant.cost || !good) return [];
      return [{ name: variant.name, kind: variant.verdict, cost: costOf(settings, variant.cost), good }];
    }),
  ];
}

function costOf({ prefer }: Settings, { latency, load, bytes }: Cost): Measured {
  if (prefer === 'size') return exactly(bytes);
  return prefer === 'load' ? load : latency;
}

function asMeasured({ value, low, high }: Estimated): Measured | undefined {
  return value === null ? undefined : { value, low: low ?? value, high: high ?? value };
}

/** Of its outputs. */
const leastAgreement = ({ outputs }: JudgedVariant): Measured | undefined =>
  outputs.map(({ agreement }) => agreement).toSorted((a, b) => a.value - b.value)[0];

/** Under it nothing is taken. */
function limitOf({ settings, labelled, original }: OptimizationDocument): number | undefined {
  if (!labelled) return settings.agreement;
  const value = original.estimated?.value;
  return value === null || value === undefined ? undefined : value - settings.margin;
}

interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From `from` to `to` in pixels, with a little room; `least` is where it has to begin. */
function scaleOf(values: readonly Measured[], [from, to]: readonly [number, number], least?: number): Scale {
  const low = least ?? Math.min(...values.map((each) => each.low));
  const high = Math.max(...values.map((each) => each.high));
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const [first, last] = [least ?? low - room, high + room];
  return {
    ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => first + share * (last - first)),
    place: (value) => from + ((value - first) / (last - first)) * (to - from),
  };
}

function axes(x: Scale, y: Scale, along: string, up: string): string[] {
  const [middle, number] = [{ 'text-anchor': 'middle' }, (value: number) => String(Number(value.toPrecision(3)))];
  return [
    line(AREA.left, AREA.bottom, AREA.right, AREA.bottom),
    line(AREA.left, AREA.bottom, AREA.left, AREA.top),
    ...x.ticks.map((tick) => text(x.place(tick), AREA.bottom + 18, number(tick), middle)),
    ...y.ticks.map((tick) => text(AREA.left - 8, y.place(tick) + 4, number(tick), { 'text-anchor': 'end' })),
    text((AREA.left + AREA.right) / 2, AREA.bottom + 42, along, middle),
    text(AREA.left, AREA.top - 8, up, middle),
  ];
}

const limit = (at: number, words: string): string[] => [
  line(AREA.left, at, AREA.right, at, { 'stroke-dasharray': '4 4' }),
  text(AREA.right, at + 14, words, { 'text-anchor': 'end', 'font-size': 10 }),
];

/** What is preferred may have a limit of its own. */
function budget({ prefer, milliseconds, bytes }: Settings, x: Scale): string[] {
  const most = prefer === 'size' ? bytes : prefer === 'latency' ? milliseconds : undefined;
  if (most === undefined || x.place(most) > AREA.right) return [];
  return [
    line(x.place(most), AREA.bottom, x.place(most), AREA.top, { 'stroke-dasharray': '4 4' }),
    text(x.place(most) + 4, AREA.top + 10, 'budget', { 'font-size': 10 }),
  ];
}

function drawn({ name, kind, cost, good }: Point, x: Scale, y: Scale, isPicked: boolean): string[] {
  const colour = COLOURS[kind];
  const [cx, cy] = [x.place(cost.value), y.place(good.value)];
  return [
    line(x.place(cost.low), cy, x.place(cost.high), cy, { stroke: colour }),
    line(cx, y.place(good.low), cx, y.place(good.high), { stroke: colour }),
    element('circle', { cx, cy, r: 4, fill: colour }),
    ...(isPicked ? [element('circle', { cx, cy, r: 8, fill: 'none', stroke: colour, 'stroke-width': 2 })] : []),
    text(cx + 8, cy - 8, name, { fill: colour, 'font-size': 11 }),
  ];
}

const WORDS: Readonly<Record<keyof typeof COLOURS, string>> = {
  original: 'the original',
  pass: 'passes',
  inconclusive: 'cannot be told',
  fail: 'loses too much',
};

const legend = (points: readonly Point[]): string[] =>
  (Object.keys(WORDS) as (keyof typeof COLOURS)[])
    .filter((kind) => points.some((point) => point.kind === kind))
    .flatMap((kind, row) => [
      element('circle', { cx: AREA.right + 20, cy: AREA.top + 20 * row, r: 4, fill: COLOURS[kind] }),
      text(AREA.right + 30, AREA.top + 20 * row + 4, WORDS[kind], { fill: COLOURS[kind] }),
    ]);
