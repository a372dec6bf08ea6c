import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import type { Running } from './trial.ts';

/** A trial is looked at so many times in its life until then, at the most: a share of its age. */
const SHARE_OF_AGE = 20;
/**
 * The same of a tuning, where looks are counted: a look is nine events of Step Functions, which keeps 25,000 of an execution,
 * and these are 2,300 looks in the two weeks that the workflow may take. Source: its developer guide, "Service quotas".
 */
const SHARE_OF_TUNING = 300;
/** Whoever wants to be looked at as often as that is this machine, where nobody counts. */
const HERE_SECONDS = 15;

/** Whole seconds until a tuning is looked at again: soon where something has just begun, and seldom where all takes long. */
export function secondsToWait(
  { clock, jobs }: Pick<TrainingWorld, 'clock' | 'jobs'>,
  { at }: Training,
  running: readonly Pick<Running, 'look'>[],
): number {
  const { least, most } = jobs.polling;
  const ages = running.map(({ look }) => look.seconds ?? 0);
  const soon = Math.min(most, Math.max(least, (ages.length > 0 ? Math.min(...ages) : 0) / SHARE_OF_AGE));
  const seldom = most <= HERE_SECONDS ? 0 : (clock() - Date.parse(at)) / 1000 / SHARE_OF_TUNING;
  return Math.ceil(Math.max(soon, seldom));
}
