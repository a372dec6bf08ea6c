import { drawing, element, line, text } from '../../release/card/svg.ts';
import { trainingPrefix } from '../keys.ts';
import type { Cost, Estimated, JudgedVariant, Measured, OptimizationDocument } from './document.ts';
import { type Scale, scaleOf } from './plot-scale.ts';
import type { Settings } from './settings.ts';

/** Where the plot of an optimization lies in the store. */
export const plotKey = (training: string): string => `${trainingPrefix(training)}optimization.svg`;

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
  );
  const floor = limitOf(document);
  const y = scaleOf(
    [...points.map(({ good }) => good), ...(floor === undefined ? [] : [exactly(floor)])],
    [AREA.bottom, AREA.top],
  );
  return drawing(WIDTH, HEIGHT, `${metric === 'r2' ? 'R2' : metric} against ${AXES[settings.prefer]}`, [
    ...axes(x, y, AXES[settings.prefer], metric),
    ...(floor === undefined
      ? []
      : limit(y.place(floor), labelled ? `${settings.margin} under the original` : `${settings.agreement}`)),
    ...budget(settings, x),
    ...points.flatMap((point) => drawn(point, x, y, point.name === document.pick?.name)),
    ...names(points, x, y),
    ...legend(points),
  ]);
}

const AXES: Readonly<Record<Settings['prefer'], string>> = {
  latency: 'milliseconds a row',
  size: 'bytes',
  load: 'milliseconds to load',
};

const exactly = (value: number): Measured => ({ value, low: value, high: value });

function pointsOf({ settings, original, variants, labelled }: OptimizationDocument): Point[] {
  const first = labelled ? asMeasured(original.estimated) : exactly(1);
  return [
    ...(first
      ? [{ name: 'original', kind: 'original', cost: costOf(settings, original.cost), good: first } as const]
      : []),
    ...variants.flatMap((variant): Point[] => {
      const good = labelled ? asMeasured(variant.estimated) : leastAgreement(variant);
      if (!variant.cost || !good) return [];
      return [{ name: variant.name, kind: variant.verdict, cost: costOf(settings, variant.cost), good }];
    }),
  ];
}

function costOf({ prefer }: Settings, { latency, load, bytes }: Cost): Measured {
  if (prefer === 'size') return exactly(bytes);
  return prefer === 'load' ? load : latency;
}

function asMeasured(estimated: Estimated | undefined): Measured | undefined {
  if (!estimated || estimated.value === null) return undefined;
  const { value, low, high } = estimated;
  return { value, low: low ?? value, high: high ?? value };
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

function axes(x: Scale, y: Scale, along: string, up: string): string[] {
  const [middle, number] = [{ 'text-anchor': 'middle' }, (value: number) => String(Number(value.toPrecision(6)))];
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

function drawn({ kind, cost, good }: Point, x: Scale, y: Scale, isPicked: boolean): string[] {
  const colour = COLOURS[kind];
  const [cx, cy] = [x.place(cost.value), y.place(good.value)];
  return [
    line(x.place(cost.low), cy, x.place(cost.high), cy, { stroke: colour }),
    line(cx, y.place(good.low), cx, y.place(good.high), { stroke: colour }),
    element('circle', { cx, cy, r: 4, fill: colour }),
    ...(isPicked ? [element('circle', { cx, cy, r: 8, fill: 'none', stroke: colour, 'stroke-width': 2 })] : []),
  ];
}

const LABEL = { size: 11, line: 13, character: 6.2 } as const;

/** The names beside the points; one that would lie over another goes up until it does not. */
function names(points: readonly Point[], x: Scale, y: Scale): string[] {
  const taken: { readonly from: number; readonly to: number; readonly at: number }[] = [];
  return points.map(({ name, kind, cost, good }) => {
    const width = name.length * LABEL.character;
    const from = Math.min(x.place(cost.value) + 8, WIDTH - width);
    let at = y.place(good.value) - 8;
    const isOver = (): boolean =>
      taken.some((label) => Math.abs(label.at - at) < LABEL.line && from < label.to && label.from < from + width);
    while (isOver()) at -= LABEL.line;
    taken.push({ from, to: from + width, at });
    return text(from, at, name, { fill: COLOURS[kind], 'font-size': LABEL.size });
  });
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
