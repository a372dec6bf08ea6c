import type { BaselineOptions } from '#core/monitoring/baseline/request.ts';
import { captureOf, type ModelConfig } from './model.ts';

/** What is said of live rows that holds for those that a version was trained on, too: what is sensitive, and what is looked at within. */
export function profilingOf(
  model: Pick<ModelConfig, 'capture' | 'watch'>,
): Pick<BaselineOptions, 'sensitive' | 'hidden'> {
  const sensitive = captureOf(model)?.sensitive;
  const hidden = model.watch?.drift?.hidden;
  return { ...(sensitive && { sensitive }), ...(hidden !== undefined && { hidden }) };
}
