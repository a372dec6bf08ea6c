import { invalid, type OnnwardError } from '../../errors.ts';
import { CategorySketch } from '../sketch/category-sketch.ts';
import { NumberSketch } from '../sketch/number-sketch.ts';
import type { FeatureProfile, Profile, TruthProfile } from './profile.ts';

/**
 * The profile of all rows together: the same to the bit as if they had been counted in one go, in whatever order. Features
 * that only some have are in it. Throws `profile.mismatch` where one is of numbers here and of categories there.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const groups = Map.groupBy(
    profiles.flatMap(({ features }) => features),
    ({ role, name }) => `${role} ${name}`,
  );
  const truths = profiles.flatMap(({ truth }) => truth ?? []);
  return {
    rows: profiles.reduce((sum, { rows }) => sum + rows, 0),
    features: [...groups.values()].map(mergeFeature),
    ...(truths.length > 0 && { truth: mergeTruths(truths) }),
  };
}

function mergeFeature(features: readonly FeatureProfile[]): FeatureProfile {
  const { name, role, kind } = features[0] as FeatureProfile;
  const numbers = features.flatMap((feature) => (feature.kind === 'number' ? feature.sketch : []));
  const categories = features.flatMap((feature) => (feature.kind === 'category' ? feature.sketch : []));
  if (numbers.length > 0 && categories.length > 0)
    throw mismatch(`Feature '${name}' has numbers in one profile and categories in another.`);
  return kind === 'number'
    ? { name, role, kind, sketch: NumberSketch.merge(numbers) }
    : { name, role, kind, sketch: CategorySketch.merge(categories) };
}

function mergeTruths(truths: readonly TruthProfile[]): TruthProfile {
  const rows = truths.reduce((sum, truth) => sum + truth.rows, 0);
  const classes = truths.filter((truth) => truth.kind === 'classes');
  const values = truths.filter((truth) => truth.kind === 'values');
  if (classes.length > 0 && values.length > 0)
    throw mismatch('Predictions are classes in one profile and values in another.');
  if (values.length > 0)
    return { kind: 'values', rows, residuals: NumberSketch.merge(values.map(({ residuals }) => residuals)) };
  const correct = classes.reduce((sum, truth) => sum + truth.correct, 0);
  return { kind: 'classes', rows, correct, pairs: CategorySketch.merge(classes.map(({ pairs }) => pairs)) };
}

const mismatch = (message: string): OnnwardError =>
  invalid('profile.mismatch', message, { fix: 'Put together profiles of one version only.' });
