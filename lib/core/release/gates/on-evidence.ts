import type { Evidence } from '../evaluation/report.ts';
import type { Answer } from './answer.ts';
import { better } from './better.ts';
import { calibrated } from './calibrated.ts';
import { dataQuality } from './data-quality.ts';
import { enoughRows } from './enough-rows.ts';
import { fair } from './fair.ts';
import { latencyBelow } from './latency.ts';
import { noSliceWorse } from './no-slice-worse.ts';
import { nonInferior } from './non-inferior.ts';
import { notSlower } from './not-slower.ts';
import type { Gate, GateKind } from './options.ts';
import { threshold } from './threshold.ts';

/** Gates that stand on an evaluation, and on nothing else. */
export type OnEvidence = Exclude<GateKind, 'custom' | 'sizeBelow' | 'notLarger'>;

const JUDGES: { readonly [Kind in OnEvidence]: (gate: Gate<Kind>, evidence: Evidence) => Answer } = {
  atLeast: threshold,
  atMost: threshold,
  nonInferior,
  better,
  noSliceWorse,
  fair,
  calibrated,
  p50Below: latencyBelow,
  p99Below: latencyBelow,
  notSlower,
  enoughRows,
  dataQuality,
};

/** Asks one of them. Throws what its statistics throw, such as of a metric that these rows cannot have. */
export const onEvidence = (gate: Gate<OnEvidence>, evidence: Evidence): Answer =>
  (JUDGES[gate.gate] as (gate: Gate<OnEvidence>, evidence: Evidence) => Answer)(gate, evidence);
