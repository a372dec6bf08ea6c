import { DOMAIN_MOST, MONITORING_CONFIG } from '../drift/constraints.ts';
import type { FeatureProfile, Profile } from '../profile/profile.ts';
import { typeOf } from '../drift/violations.ts';

/**
 * `constraints.json`, as Model Monitor's analyzer suggests it of a baseline. Source of the format: "Schema for Constraints" of
 * the SageMaker developer guide.
 */
export interface Constraints {
  readonly version: 0;
  readonly features: readonly FeatureConstraints[];
  readonly monitoring_config: typeof MONITORING_CONFIG;
}

export interface FeatureConstraints {
  readonly name: string;
  readonly inferred_type: ReturnType<typeof typeOf>;
  /** Share of the rows that have a value. */
  readonly completeness: number;
  readonly num_constraints?: { readonly is_non_negative: boolean };
  readonly string_constraints?: { readonly domains: readonly string[] };
}

export const constraintsOf = ({ features }: Pick<Profile, 'features'>): Constraints => ({
  version: 0,
  features: features.map(featureConstraints),
  monitoring_config: MONITORING_CONFIG,
});

function featureConstraints(feature: FeatureProfile): FeatureConstraints {
  const { rows, missing } = feature.sketch;
  const head = {
    name: feature.name,
    inferred_type: typeOf(feature),
    completeness: rows === 0 ? 0 : (rows - missing) / rows,
  };
  if (feature.kind === 'number') {
    const least = feature.sketch.below > 0 ? -Infinity : feature.sketch.least;
    return least === null ? head : { ...head, num_constraints: { is_non_negative: least >= 0 } };
  }
  const names = feature.sketch.counts();
  if (!names || names.size === 0 || names.size > DOMAIN_MOST) return head;
  return { ...head, string_constraints: { domains: [...names.keys()].sort() } };
}
