import { OnnwardError } from '../../errors.ts';
import type { ResultDocument } from '../documents.ts';
import { modelPrefix } from '../keys.ts';
import { ASIDE, notesOf } from '../left.ts';
import type { TrainingWorld } from '../world.ts';

/** What a trial is judged by, or why it cannot be. */
export type Objective = { readonly objective: number } | { readonly reason: string; readonly code: string };

/** A trainer in Python writes what no JSON is. */
const NO_NUMBER = /(?<=[:[,\s])(?:NaN|-?Infinity)(?=[\],}\s])/g;

/**
 * The value of the objective of a training that has ended well: the last one that it printed, else the one that
 * `metrics.json` beside the model says. What is no finite number is nothing to go by.
 */
export async function objectiveOf(
  world: Pick<TrainingWorld, 'bring'>,
  training: string,
  result: ResultDocument,
  metric: string,
): Promise<Objective> {
  try {
    const left = await leftMetrics(world, training, result);
    const all: Record<string, unknown> = { ...left, ...result.metrics };
    if (!Object.hasOwn(all, metric)) return missing(training, metric, Object.keys(result.metrics), Object.keys(left));
    const value = all[metric];
    if (typeof value === 'number' && Number.isFinite(value)) return { objective: value };
    return { reason: `Its ${metric} is no finite number.`, code: 'tuning.not_a_number' };
  } catch (error) {
    // What one trainer has left is no reason to give up the others.
    if (error instanceof OnnwardError) return { reason: error.message, code: error.code };
    throw error;
  }
}

async function leftMetrics(
  { bring }: Pick<TrainingWorld, 'bring'>,
  training: string,
  result: ResultDocument,
): Promise<Record<string, unknown>> {
  const file = notesOf(result).find(({ path }) => path === ASIDE.metrics);
  if (!file) return {};
  const brought = await bring(modelPrefix(training), [file]);
  try {
    return parse((await brought.text(ASIDE.metrics)) ?? '{}');
  } finally {
    await brought.close();
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(NO_NUMBER, 'null'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, in one way for what is no JSON and what is JSON of another kind.
  }
  throw new OnnwardError(`${ASIDE.metrics} of the trainer is no JSON object.`, {
    code: 'training.note',
    kind: 'invalid',
    fix: 'Correct what the trainer writes into SM_MODEL_DIR.',
  });
}

function missing(training: string, metric: string, printed: readonly string[], left: readonly string[]): Objective {
  const there = [said('it prints', printed), said(`${ASIDE.metrics} has`, left)].filter((part) => part !== '');
  return {
    reason: `${training} ended well, and says nothing of ${metric}, which the tuning goes by: ${there.join(', and ') || 'it reports no metric at all'}. Name one of those in tuning.objective.metric, or have the trainer report ${metric}.`,
    code: 'tuning.no_objective',
  };
}

const said = (what: string, names: readonly string[]): string =>
  names.length === 0 ? '' : `${what} ${names.join(', ')}`;
