import type { Evidence } from '../evaluation/report.ts';
import type { Answer } from './answer.ts';
import type { Gate } from './options.ts';
import { threshold } from './threshold.ts';

/** The expected calibration error, which a bootstrap bounds, is at most so much: Guo et al., ICML 2017, with 15 bins. */
export const calibrated = ({ ece, alpha }: Gate<'calibrated'>, evidence: Evidence): Answer =>
  threshold({ gate: 'atMost', metric: 'ece', value: ece, alpha }, evidence);
