import { invalid } from '../../errors.ts';
import type { ReleaseOptions } from '../options.ts';
import type { GateResult } from '../result.ts';
import { DEFAULT_ALPHA } from './answer.ts';
import { fewestRows, unseenIn, widthOf } from './bounds.ts';
import { isAbsolute } from './kinds.ts';
import { metricOf } from './metric.ts';
import { nameOf } from './name.ts';
import { DEFAULT_MINIMUM_SHARE, DEFAULT_SLICE_MARGIN } from './no-slice-worse.ts';
import type { Gate, GateOptions } from './options.ts';
import { rowsNeeded } from './power.ts';

const DEFAULT_POWER = 0.8;
const DEFAULT_DISCORDANCE = 0.02;

/** Good rows of each value of each slice column. */
export type SliceSizes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Refuses gates that so many held-out rows cannot decide, whatever the version. Slices are looked at where their sizes are
 * known. Throws `release.unresolvable` with the rows that are needed.
 */
export function expectResolvable({ gates = [] }: ReleaseOptions, rows: number, slices: SliceSizes = {}): void {
  for (const [index, gate] of gates.entries()) {
    const needed = rowsOf(gate);
    if (needed > rows) throw unresolvable(index, gate, { of: 'evaluation.data', rows, needed });
    if (gate.gate === 'noSliceWorse') expectSlices(index, gate, rows, slices);
  }
}

function expectSlices(index: number, gate: Gate<'noSliceWorse'>, rows: number, slices: SliceSizes): void {
  const { minimumShare = DEFAULT_MINIMUM_SHARE } = gate;
  const needed = rowsOf(gate);
  for (const column of gate.slices ?? Object.keys(slices)) {
    for (const [value, size] of Object.entries(slices[column] ?? {})) {
      if (size >= minimumShare * rows && size < needed) {
        throw unresolvable(index, gate, { of: `the slice ${column} ${value}`, rows: size, needed });
      }
    }
  }
}

/** The fewest rows with which a gate can pass, or passes as often as it says; 0 where it does not depend on them. */
export function rowsOf(gate: GateOptions): number {
  const alpha = 'alpha' in gate ? (gate.alpha ?? DEFAULT_ALPHA) : DEFAULT_ALPHA;
  switch (gate.gate) {
    case 'atLeast':
    case 'atMost':
      return rowsToReach(gate.metric, gate.value, alpha);
    case 'calibrated':
      return rowsToReach('ece', gate.ece, alpha);
    case 'nonInferior':
      return rowsToCompare(gate, alpha);
    case 'noSliceWorse':
      return rowsToCompare({ metric: 'accuracy', margin: DEFAULT_SLICE_MARGIN, ...gate }, alpha);
    case 'better':
      return gate.metric === 'accuracy' ? Math.ceil(-Math.log2(alpha)) : fewestRows(gate.metric, alpha);
    case 'enoughRows':
      return gate.rows ?? 0;
    default:
      return 0;
  }
}

/** Rows with which a version that makes no mistake passes. */
function rowsToReach(metric: string, value: number, alpha: number): number {
  const [least, most] = metricOf(metric)?.range ?? [-Infinity, Infinity];
  const lower = metricOf(metric)?.direction === 'lower';
  const room = (lower ? value - least : most - value) / widthOf(metric);
  return Number.isFinite(widthOf(metric)) ? unseenIn(room, alpha) : fewestRows(metric, alpha);
}

function rowsToCompare(
  gate: Pick<Gate<'nonInferior'>, 'metric' | 'margin' | 'power' | 'discordance'>,
  alpha: number,
): number {
  const { metric, margin, power = DEFAULT_POWER, discordance = DEFAULT_DISCORDANCE } = gate;
  if (metric === 'accuracy') return rowsNeeded({ margin, alpha, power, discordance });
  const width = widthOf(metric);
  return Number.isFinite(width) ? unseenIn(margin / width, alpha) : fewestRows(metric, alpha);
}

const unresolvable = (
  index: number,
  gate: GateOptions,
  { of, rows, needed }: { of: string; rows: number; needed: number },
) =>
  invalid(
    'release.unresolvable',
    `gates.${index} (${nameOf(gate)}) needs ${needed} rows to decide anything, and ${of} has ${rows}.`,
    {
      fix: `Hold out ${needed} rows or more, or ask for less: a wider margin, a larger alpha.`,
      fields: { path: `gates.${index}`, gate: nameOf(gate), rows, needed },
    },
  );

/** Whether there are gates that can say anything of a version, with or without another one to compare it with. */
export function verifyGates({ gates = [] }: ReleaseOptions, hasChampion: boolean): GateResult[] {
  const absolute = gates.filter(isAbsolute).length;
  const numbers = { gates: gates.length, absolute };
  const name = 'gates';
  if (gates.length === 0) {
    const sentence = "No gate is configured. Add `gates: [atLeast('accuracy', 0.9)]`, or others, to the model.";
    return [{ name, verdict: 'fail', sentence, numbers }];
  }
  if (!hasChampion && absolute === 0) {
    const sentence =
      'All gates compare with a live version, and there is none. Add one that stands by itself, such as atLeast.';
    return [{ name, verdict: 'fail', sentence, numbers }];
  }
  return [{ name, verdict: 'pass', sentence: `${gates.length} configured, ${absolute} of them absolute.`, numbers }];
}
