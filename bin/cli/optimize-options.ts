import type { ArgsDef } from 'citty';
import { type OptimizeOptions, parseTrainingOptions } from '#core/training/options.ts';

/** What may be said of an optimization on the command line, over what the configuration says. */
export const OPTIMIZE_OPTIONS = {
  methods: {
    type: 'string',
    valueHint: 'METHOD,…',
    description: 'Of simplify, dynamic-int8, static-int8, fp16, prune (default: all)',
  },
  margin: {
    type: 'string',
    valueHint: 'SHARE',
    description: 'Accuracy (R2 of a regression) that may be lost, as a difference (default: 0.01)',
  },
  agreement: {
    type: 'string',
    valueHint: 'SHARE',
    description: 'Share of the rows whose answer stays the same, at the least (default: 0.98)',
  },
  prefer: {
    type: 'string',
    valueHint: 'COST',
    description: 'What is to be least: latency, size or load (default: latency)',
  },
  milliseconds: { type: 'string', valueHint: 'MS', description: 'Budget: what one row may take' },
  bytes: { type: 'string', valueHint: 'N', description: 'Budget: what all files together may have' },
  sparsity: { type: 'string', valueHint: 'SHARE', description: 'Of the weights, what prune sets to 0 (default: 0.5)' },
  data: {
    type: 'string',
    valueHint: 'FILE',
    description: 'Held-out rows: CSV, JSONL, Parquet (default: as the configuration says)',
  },
  label: { type: 'string', valueHint: 'COLUMN', description: 'The column that holds the truth' },
  calibration: {
    type: 'string',
    valueHint: 'FILE',
    description:
      'Rows for the calibration of static-int8 (default: those it was trained on, else a tenth of the held-out)',
  },
} as const satisfies ArgsDef;

type Said = { readonly [Name in keyof typeof OPTIMIZE_OPTIONS]?: string | undefined };

const NUMBERS = ['margin', 'agreement', 'milliseconds', 'bytes', 'sparsity'] as const;
const TEXTS = ['prefer', 'data', 'label', 'calibration'] as const;

/** Throws `training.options` with the first mistake. */
export function optimizeOptions(said: Said): OptimizeOptions {
  const given = <Name extends keyof Said>(names: readonly Name[], value: (text: string) => unknown) =>
    names.flatMap((name) => (said[name] === undefined ? [] : [[name, value(said[name])] as const]));
  const options = Object.fromEntries([
    ...given(NUMBERS, Number),
    ...given(TEXTS, (text) => text),
    ...given(['methods'], (text) => text.split(',').map((method) => method.trim())),
  ]);
  return parseTrainingOptions({ optimize: options }, 'the options').optimize ?? {};
}
