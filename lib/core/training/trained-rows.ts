import type { BaselineOptions } from '../monitoring/baseline/request.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/** Milliseconds that a profile may take: the task that registers has fifteen minutes for all of it. */
const BUDGET_MS = 8 * 60_000;

/**
 * How the rows that a trainer has left at `key` are read: as the held-out rows of the model's configuration are, as far as
 * these have the same columns. Their truth is in the column of the configuration, or in the one that the trainer was told
 * or tells of.
 */
export function trainedRows(
  { store, releaseOptionsOf, profilingOf }: Pick<TrainingWorld, 'store' | 'releaseOptionsOf' | 'profilingOf'>,
  { model, options }: Training,
  key: string,
  trainer: Readonly<Record<string, unknown>>,
): BaselineOptions {
  const { label, columns, drop, missing } = releaseOptionsOf(model).evaluation ?? {};
  const { hyperparameters } = trainer as { readonly hyperparameters?: Readonly<Record<string, unknown>> };
  const labels = [label, options.hyperparameters?.['label'], hyperparameters?.['label'], trainer['label']];
  return {
    data: `${store.url}/${key}`,
    label: labels.filter((name) => typeof name === 'string'),
    lenient: true,
    budgetMs: BUDGET_MS,
    ...(columns && { columns }),
    ...(drop && { drop }),
    ...(missing && { missing }),
    ...profilingOf?.(model),
  };
}
