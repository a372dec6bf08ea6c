import type { FeatureProfile, Profile } from '../profile/profile.ts';
import type { DriftOptions } from '../watch-options.ts';
import { compareCategories } from './compare-categories.ts';
import { compareNumbers } from './compare-numbers.ts';
import { type Comparison, nothing } from './comparison.ts';
import { compareTruths } from './concept.ts';
import { falseDiscoveryControl } from './statistics/false-discovery.ts';
import type { DriftVerdict, FeatureDrift } from './verdict.ts';
import { keyOf, violationsOf } from './violations.ts';

/** What holds where nothing is said. */
export const DRIFT_DEFAULTS = {
  minimum: 200,
  persistence: 2,
  falseDiscovery: 0.1,
  /** Of numbers the distribution function, of categories a share. */
  effect: { ks: 0.1, 'chi-squared': 0.05, none: 0 },
} as const;

export type DriftSettings = Pick<DriftOptions, 'minimum' | 'persistence' | 'falseDiscovery' | 'effect' | 'ignore'>;

type Compared = Pick<FeatureDrift, 'name' | 'role'> & Comparison;

/**
 * How a window's rows compare with the baseline. A feature has drifted where the difference is sure, corrected for the number
 * of features, and large; it is confirmed where it did so in the windows `before` too, the oldest first, as many as
 * `persistence` asks for: those of the same version, without the ones that had too few rows.
 */
export function judgeDrift(
  baseline: Profile,
  live: Profile,
  options: DriftSettings,
  before: readonly DriftVerdict[],
): DriftVerdict {
  const { minimum = DRIFT_DEFAULTS.minimum } = options;
  if (live.rows < minimum) return { state: 'few', rows: live.rows, features: [], violations: [] };
  const [first, second] = [baseline, live].map(({ features }) => lookedAt(features, options.ignore)) as [
    FeatureProfile[],
    FeatureProfile[],
  ];
  const pairs = pairsOf(first, second);
  const compared = pairs.map((pair) => pair.compared);
  const concept = compareConcept(baseline, live, minimum);
  const judged = judge(concept ? [...compared, concept] : compared, options, before);
  const features = judged.slice(0, compared.length);
  return {
    state: stateOf(judged),
    rows: live.rows,
    features,
    ...(concept && { concept: judged[compared.length] }),
    violations: violationsOf(first, second, pairs),
  };
}

const lookedAt = (features: readonly FeatureProfile[], ignored: readonly string[] = []): FeatureProfile[] =>
  features.filter(({ name }) => !ignored.includes(name));

/** What both have, in the baseline's order. */
function pairsOf(baseline: readonly FeatureProfile[], live: readonly FeatureProfile[]) {
  const found = new Map(live.map((feature) => [keyOf(feature), feature]));
  return baseline.flatMap((feature) => {
    const other = found.get(keyOf(feature));
    return other ? [{ baseline: feature, live: other, compared: compareFeature(feature, other) }] : [];
  });
}

function compareFeature(baseline: FeatureProfile, live: FeatureProfile): Compared {
  const { name, role } = baseline;
  if (baseline.kind === 'number' && live.kind === 'number') {
    return { name, role, ...compareNumbers(baseline.sketch, live.sketch) };
  }
  if (baseline.kind === 'category' && live.kind === 'category') {
    return { name, role, ...compareCategories(baseline.sketch, live.sketch) };
  }
  return { name, role, ...nothing(live.sketch.rows, live.sketch.missing) };
}

/** As one more feature, once there are enough truths. */
function compareConcept(baseline: Profile, live: Profile, minimum: number): Compared | undefined {
  if (!baseline.truth || !live.truth || live.truth.rows < minimum) return undefined;
  const compared = compareTruths(baseline.truth, live.truth);
  return compared && { name: CONCEPT, role: 'prediction', ...compared };
}

const CONCEPT = 'truth given prediction';

function judge(all: readonly Compared[], options: DriftSettings, before: readonly DriftVerdict[]): FeatureDrift[] {
  const { falseDiscovery = DRIFT_DEFAULTS.falseDiscovery, persistence = DRIFT_DEFAULTS.persistence } = options;
  const tested = all.filter(({ cautious }) => cautious !== null);
  const adjusted = falseDiscoveryControl(tested.map(({ cautious }) => cautious as number));
  const byFeature = new Map(tested.map((feature, index) => [feature, adjusted[index] as number]));
  return all.map((feature) => {
    const { cautious: _, distance: _distance, ...rest } = feature;
    const sure = byFeature.get(feature) ?? null;
    const large = (feature.effect ?? 0) > (options.effect ?? DRIFT_DEFAULTS.effect[feature.test]);
    const drifted = sure !== null && sure <= falseDiscovery && large;
    return { ...rest, adjusted: sure, drifted, confirmed: drifted && driftedBefore(rest, before, persistence - 1) };
  });
}

/** In each of the last so many windows. */
function driftedBefore(feature: Pick<FeatureDrift, 'name' | 'role'>, before: readonly DriftVerdict[], windows: number) {
  const last = windows === 0 ? [] : before.slice(-windows);
  return (
    last.length === windows &&
    last.every(({ features, concept }) =>
      [...features, ...(concept ? [concept] : [])].some(
        (other) => other.drifted && other.name === feature.name && other.role === feature.role,
      ),
    )
  );
}

/** Where nothing could be tested nobody can say that nothing moved. */
function stateOf(features: readonly FeatureDrift[]): DriftVerdict['state'] {
  if (features.every(({ adjusted }) => adjusted === null)) return 'untested';
  if (features.some(({ confirmed }) => confirmed)) return 'drifting';
  return features.some(({ drifted }) => drifted) ? 'suspected' : 'stable';
}
