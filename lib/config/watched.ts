import { enabledFeedback } from '#core/monitoring/feedback-options.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { Config } from './config.ts';
import { captureOf, type ModelConfig } from './model.ts';

type Watching = Pick<ModelConfig, 'watch' | 'capture' | 'feedback' | 'evaluation'>;

/** What monitoring knows of the models of a configuration: those that have `watch`. */
export const watchedModels = ({ models = {} }: Pick<Config, 'models'>): Readonly<Record<string, WatchedModel>> =>
  Object.fromEntries(
    Object.entries(models)
      .filter(([, { watch }]) => watch !== undefined)
      .map(([name, model]) => [name, watchedOf(model)]),
  );

/** The same of one model. */
function watchedOf(model: Watching): WatchedModel {
  const { watch = {}, evaluation } = model;
  const capture = captureOf(model);
  const feedback = enabledFeedback(model.feedback);
  return {
    watch,
    ...(capture && { capture }),
    ...(feedback && { feedback }),
    ...(evaluation && { label: evaluation.label }),
  };
}
