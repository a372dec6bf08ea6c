import type { Gate, GateKind, GateOptions } from './options.ts';
import { times } from './sentences.ts';

const NAMES: { readonly [Kind in GateKind]: (gate: Gate<Kind>) => string } = {
  atLeast: ({ metric, value }) => `${metric} at least ${value}`,
  atMost: ({ metric, value }) => `${metric} at most ${value}`,
  nonInferior: ({ metric, margin }) => `${metric} no more than ${margin} worse`,
  better: ({ metric, by }) => (by ? `${metric} more than ${by} better` : `${metric} better`),
  noSliceWorse: ({ metric, slices }) =>
    `no slice worse${metric ? ` in ${metric}` : ''}${slices ? `, by ${slices.join(', ')}` : ''}`,
  fair: ({ measure, slice }) => `${MEASURES[measure]} by ${slice}`,
  calibrated: ({ ece }) => `calibration error at most ${ece}`,
  p50Below: ({ ms }) => `p50 below ${ms} ms`,
  p99Below: ({ ms }) => `p99 below ${ms} ms`,
  notSlower: ({ percentile = 50, ratio }) => `p${percentile} at most ${times(ratio)}`,
  sizeBelow: ({ bytes }) => `size at most ${bytes} bytes`,
  notLarger: ({ ratio }) => `size at most ${times(ratio)}`,
  enoughRows: () => 'enough rows',
  dataQuality: () => 'quality of the held-out rows',
  custom: ({ run }) => `custom gate ${run}`,
};

/** What a gate is called in results, model cards and messages; no two rules of one release are called the same. */
export const nameOf = (gate: GateOptions): string => (NAMES[gate.gate] as (gate: GateOptions) => string)(gate);

/** As fairlearn calls them. */
export const MEASURES = { demographicParity: 'demographic parity', equalOpportunity: 'equal opportunity' } as const;
