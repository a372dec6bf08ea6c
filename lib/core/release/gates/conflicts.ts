import type { Conflict } from '../../consistent.ts';
import { metricOf } from './metric.ts';
import type { GateOptions } from './options.ts';

/** What of a gate does not fit together, each field being right by itself. */
export function conflictsOfGate(gate: GateOptions): readonly Conflict[] {
  switch (gate.gate) {
    case 'atLeast':
    case 'atMost':
      return direction(gate.metric, gate.gate) ?? reachable(gate.metric, gate.value) ?? [];
    case 'nonInferior':
      return difference(gate.metric, 'margin', gate.margin) ?? discordance(gate.metric, gate.discordance) ?? [];
    case 'better':
      return difference(gate.metric, 'by', gate.by ?? 0) ?? [];
    case 'noSliceWorse':
      return difference(gate.metric ?? 'accuracy', 'margin', gate.margin ?? 0) ?? [];
    case 'enoughRows':
      if ((gate.rows ?? gate.perClass ?? gate.perSlice) !== undefined) return [];
      return [{ path: ['rows'], message: 'is missing, and so are perClass and perSlice: one of them is needed' }];
    default:
      return [];
  }
}

function direction(metric: string, gate: 'atLeast' | 'atMost'): Conflict[] | undefined {
  const [better, right] = metricOf(metric)?.direction === 'lower' ? ['less', 'atMost'] : ['more', 'atLeast'];
  if (gate === right) return undefined;
  return [{ path: ['gate'], message: `is to be '${right}', because ${better} ${metric} is better` }];
}

/** The best value of all is none that rows could show: however many are right, the next one may be wrong. */
function reachable(metric: string, value: number): Conflict[] | undefined {
  const { range: [least, most] = [-Infinity, Infinity], direction: better } = metricOf(metric) ?? {};
  const best = better === 'lower' ? least : most;
  if (value === best) {
    return [{ path: ['value'], message: `is ${value}, the best there is, which no number of rows can make sure` }];
  }
  if (value >= least && value <= most) return undefined;
  return [{ path: ['value'], message: `is ${value}, and ${metric} is ${rangeOf(least, most)}` }];
}

const rangeOf = (least: number, most: number): string => {
  if (most === Infinity) return `${least} or more`;
  return least === -Infinity ? `${most} or less` : `from ${least} to ${most}`;
};

function difference(metric: string, field: 'margin' | 'by', value: number): Conflict[] | undefined {
  const [least, most] = metricOf(metric)?.range ?? [-Infinity, Infinity];
  if (value < most - least) return undefined;
  const message = `is ${value}, and two values of ${metric} are never so far apart: ${most - least} is the most`;
  return [{ path: [field], message }];
}

const discordance = (metric: string, share: number | undefined): Conflict[] | undefined =>
  share === undefined || metric === 'accuracy'
    ? undefined
    : [{ path: ['discordance'], message: `is of accuracy alone, and the metric is ${metric}` }];
