import type { ArgsDef } from 'citty';
import { profileVersion } from '#adapters/local/baseline.ts';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import type { Registration } from '#adapters/local/registration.ts';
import { profilingOf } from '#config/profiling.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { BaselineOptions } from '#core/monitoring/baseline/request.ts';
import type { Engine } from '#core/ports.ts';
import { MemoryStore } from '#core/release/evaluation/memory-store.ts';
import { usageError } from './arguments.ts';
import { listOf } from './batch-options.ts';
import type { Progress } from './progress.ts';
import type { Workplace } from './registry.ts';
import { fileUrl } from './release-function.ts';

/** What may be said of the rows that a version was trained on. */
export const BASELINE_OPTIONS = {
  baseline: {
    type: 'string',
    valueHint: 'FILE',
    description: 'The rows that it was trained on: CSV, JSONL, Parquet, or a folder of images; live ones are compared',
  },
  'baseline-label': { type: 'string', valueHint: 'COLUMN', description: 'Their column with the truth' },
  'baseline-columns': { type: 'string', valueHint: 'A,B', description: 'Their columns that are the input, in order' },
  'baseline-drop': { type: 'string', valueHint: 'A,B', description: 'Their columns that are no input' },
} as const satisfies ArgsDef;

type BaselineArguments = { readonly [Name in keyof typeof BASELINE_OPTIONS]?: string | undefined };

/**
 * Which rows, and how they are read: as the words say; what they leave out as the configuration says of held-out rows, as
 * far as these have such columns. Undefined where no baseline is given. Throws `usage.needs_baseline`.
 */
export function baselineOptions(
  { config }: Pick<Workplace, 'config'>,
  model: string,
  args: BaselineArguments,
): BaselineOptions | undefined {
  const { baseline, 'baseline-label': label } = args;
  const [columns, drop] = [listOf(args['baseline-columns']), listOf(args['baseline-drop'])];
  if (baseline === undefined) {
    if (label === undefined && !columns && !drop) return undefined;
    throw usageError(
      'needs_baseline',
      'There are columns of a baseline, and no baseline.',
      'Give --baseline FILE, or leave out the others.',
    );
  }
  const { evaluation, ...configured } = config.models?.[model] ?? {};
  const known = {
    ...(evaluation && { label: [evaluation.label] }),
    ...(evaluation?.columns && { columns: evaluation.columns }),
    ...(evaluation?.drop && { drop: evaluation.drop }),
    ...(evaluation?.missing && { missing: evaluation.missing }),
  };
  const said = { ...(label !== undefined && { label }), ...(columns && { columns }), ...(drop && { drop }) };
  return {
    ...known,
    ...said,
    // What is said for other rows need not hold for these.
    lenient: !columns && !drop,
    data: fileUrl(baseline, process.cwd()) + (baseline.endsWith('/') ? '/' : ''),
    ...profilingOf(configured),
  };
}

/** What registering does with them. */
export const baselineHook =
  (
    { store }: Pick<Workplace, 'store'>,
    engine: Engine,
    {
      name,
      serving,
      options,
      progress,
    }: Pick<Registration, 'name' | 'serving'> & {
      readonly options: BaselineOptions;
      readonly progress: Progress;
    },
  ): NonNullable<Registration['baseline']> =>
  async (model, files, description): Promise<Manifest['baseline']> => {
    // Lists of images are of no use once they are read.
    const read = formats(new MemoryStore(store.url));
    const world = {
      store,
      engine,
      formats: read,
      inputs: keepInputs(),
      now: () => performance.now(),
      onProgress: (rows: number, of: number) => progress.update('profiling', rows, of, 'rows'),
    };
    const version = { name, model, files, ...description, ...(serving && { serving }) };
    return { profile: await profileVersion(world, version, options) };
  };
