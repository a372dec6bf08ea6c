import type { ArgsDef } from 'citty';
import type { Config } from '#config/config.ts';
import { checkName } from '#core/model/reference.ts';
import { parseTrainingId } from '#core/training/keys.ts';
import type { TuningOptions } from '#core/training/options.ts';
import type { TuneRequest } from '#core/training/tuning/events.ts';
import { usageError, wholeNumber } from './arguments.ts';

/** What may be said of a tuning on the command line. */
export const TUNE_OPTIONS = {
  trials: { type: 'string', valueHint: 'N', description: 'Trials in all; of halving, those of the first round' },
  parallel: { type: 'string', valueHint: 'N', description: 'Trials at once' },
  seed: { type: 'string', valueHint: 'N', description: 'The same seed tries the same values' },
  strategy: { type: 'string', valueHint: 'NAME', description: 'random, or halving' },
  why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded' },
} as const satisfies ArgsDef;

interface Said {
  readonly name: string;
  readonly trials?: string | undefined;
  readonly parallel?: string | undefined;
  readonly seed?: string | undefined;
  readonly strategy?: string | undefined;
  readonly why?: string | undefined;
}

/** A new tuning of a model, or the one that is named. Throws `usage.*`, `reference.invalid`. */
export function tuneRequestOf(said: Said, { models = {} }: Config, actor: string): TuneRequest {
  const own = ownOptions(said);
  const id = parseTrainingId(said.name);
  if (id && id.trial === undefined && !Object.hasOwn(models, said.name)) {
    if (Object.keys(own).length > 0) throw needless(said.name);
    return { training: said.name };
  }
  const model = checkName(said.name);
  const configured = models[model]?.training?.tuning;
  return {
    model,
    actor,
    ...(said.why !== undefined && { why: said.why }),
    // Where the configuration has none, it is refused for that.
    ...(configured && Object.keys(own).length > 0 && { options: { tuning: { ...configured, ...own } } }),
  };
}

function ownOptions({ trials, parallel, seed, strategy }: Said): Partial<TuningOptions> {
  const numbers = {
    trials: wholeNumber('trials', trials, 1, 1000),
    parallel: wholeNumber('parallel', parallel, 1, 100),
    seed: wholeNumber('seed', seed, 0, 2 ** 31),
  };
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Partial<TuningOptions>),
    ...(strategy !== undefined && { strategy: strategyOf(strategy) }),
  };
}

function strategyOf(strategy: string): 'random' | 'halving' {
  if (strategy === 'random' || strategy === 'halving') return strategy;
  throw usageError('not_a_strategy', `--strategy is random or halving, not '${strategy}'.`, 'Give one of the two.');
}

const needless = (tuning: string) =>
  usageError(
    'needless_option',
    `${tuning} goes on as it was asked for.`,
    'Leave the options out, or name the model for another tuning.',
  );
