import type { BaselineOptions } from '#core/monitoring/baseline/request.ts';
import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import { captureOf, type ModelConfig } from './model.ts';

/**
 * What is said of live rows that holds for those that a version was trained on, too: what is sensitive, which output is the
 * prediction, and what is looked at within.
 */
export function profilingOf(
  model: Pick<ModelConfig, 'capture' | 'watch' | 'feedback'>,
): Pick<BaselineOptions, 'sensitive' | 'hidden' | 'output'> {
  const sensitive = captureOf(model)?.sensitive;
  const hidden = model.watch?.drift?.hidden;
  const output = enabledFeedback(model.feedback)?.output;
  return {
    ...(sensitive && { sensitive }),
    ...(hidden !== undefined && { hidden }),
    ...(output !== undefined && { output }),
  };
}
