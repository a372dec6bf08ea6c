import { readDocument } from '../../documents.ts';
import { planKey } from '../evaluation/keys.ts';
import type { EvaluationPlan } from '../evaluation/plan.ts';
import { publishedOf } from '../publish.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';
import type { Scale } from './compare.ts';
import { PredictionReader } from './predictions.ts';
import type { Replay } from './replay.ts';

/** Who is asked, whose answers are compared with, and how both are read. */
export interface Comparable extends Pick<Replay, 'target' | 'manifest' | 'champion' | 'challenger'> {
  readonly scale: Scale;
  readonly championVersion: number;
}

/** Why there is nothing to compare. `promote`: without a champion that is how it is; `hold`: a person is to know. */
export interface Incomparable {
  readonly verdict: 'promote' | 'hold';
  readonly sentence: string;
}

/** Predictions are read as the evaluation has read them, from the outputs that it found. */
export async function comparableOf(world: ReleaseWorld, release: Release): Promise<Comparable | Incomparable> {
  const { release: id, model, version } = release;
  const { target, champion } = await publishedOf(world, id);
  if (!champion) return { verdict: 'promote', sentence: 'Nothing is live to compare with.' };
  const plan = await readDocument<EvaluationPlan>(world.store, planKey(id));
  if (!plan) return { verdict: 'hold', sentence: 'Without an evaluation nobody knows which output is the prediction.' };
  const theirs = version === champion.version ? plan.challenger : plan.champion;
  if (theirs?.version !== champion.version) {
    const sentence = `The evaluation has not compared ${model}:${champion.version}, which is live.`;
    return { verdict: 'hold', sentence };
  }
  const { classes, task } = plan;
  const [manifest, other] = await Promise.all([
    world.registry.manifest(model, version),
    world.registry.manifest(model, champion.version),
  ]);
  return {
    target,
    manifest,
    champion: new PredictionReader(other.signature, theirs.prediction, classes.length),
    challenger: new PredictionReader(manifest.signature, plan.challenger.prediction, classes.length),
    scale: { task, classes },
    championVersion: champion.version,
  };
}
