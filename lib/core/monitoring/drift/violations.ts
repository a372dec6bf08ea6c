import type { FeatureProfile } from '../profile/profile.ts';
import type { Comparison } from './comparison.ts';
import { DOMAIN_MOST, MONITORING_CONFIG } from './constraints.ts';
import { categoryCounts } from './kept.ts';
import type { Violation } from './verdict.ts';

type Check = Violation['constraint_check_type'];

/** A feature of both. */
export interface Pair {
  readonly baseline: FeatureProfile;
  readonly live: FeatureProfile;
  readonly compared: Comparison;
}

const {
  datatype_check_threshold: TYPED,
  domain_content_threshold: KNOWN,
  distribution_constraints,
} = MONITORING_CONFIG;

/** What Model Monitor would say of the window's data, by its checks and thresholds. */
export function violationsOf(
  baseline: readonly FeatureProfile[],
  live: readonly FeatureProfile[],
  pairs: readonly Pair[],
): Violation[] {
  return [...columns(baseline, live), ...pairs.flatMap(checks)];
}

export const keyOf = ({ role, name }: Pick<FeatureProfile, 'role' | 'name'>): string => `${role} ${name}`;

function columns(baseline: readonly FeatureProfile[], live: readonly FeatureProfile[]): Violation[] {
  const counted = `Number of columns in current dataset: ${live.length}, Number of columns in baseline constraints: ${baseline.length}`;
  return [
    ...without(baseline, live).map(({ name }) =>
      violation(name, 'missing_column_check', `There are missing columns in current dataset. ${counted}`),
    ),
    ...without(live, baseline).map(({ name }) =>
      violation(name, 'extra_column_check', `There are extra columns in current dataset. ${counted}`),
    ),
  ];
}

function without(all: readonly FeatureProfile[], others: readonly FeatureProfile[]): FeatureProfile[] {
  const known = new Set(others.map(keyOf));
  return all.filter((feature) => !known.has(keyOf(feature)));
}

function checks({ baseline, live, compared }: Pair): Violation[] {
  const say = (check: Check, description: string | undefined) =>
    description === undefined ? [] : [violation(live.name, check, description)];
  return [
    ...say('data_type_check', wrongType(baseline, live)),
    ...say('completeness_check', incomplete(baseline, live)),
    ...say('categorical_values_check', unknownValues(baseline, live)),
    ...say('baseline_drift_check', drifted(live, compared)),
  ];
}

const violation = (feature_name: string, constraint_check_type: Check, description: string): Violation => ({
  feature_name,
  constraint_check_type,
  description,
});

const percent = (share: number): string => `${100 * share}%`;

/** In Model Monitor's words; a whole number is a fractional one too. */
export const typeOf = (feature: FeatureProfile): 'Integral' | 'Fractional' | 'String' | 'Unknown' => {
  if (feature.sketch.count === 0) return 'Unknown';
  if (feature.kind === 'category') return 'String';
  return feature.sketch.whole === feature.sketch.count ? 'Integral' : 'Fractional';
};

function wrongType(baseline: FeatureProfile, live: FeatureProfile): string | undefined {
  const [expected, found] = [typeOf(baseline), typeOf(live)];
  if (expected === 'Unknown' || found === 'Unknown') return undefined;
  const share = shareOf(expected, live);
  if (share >= TYPED) return undefined;
  return `Data type match requirement is not met. Expected data type: ${expected}, Expected match: ${percent(TYPED)}. Observed: Only ${percent(share)} of data is ${expected}.`;
}

function shareOf(type: string, live: FeatureProfile): number {
  if (live.kind === 'category') return type === 'String' ? 1 : 0;
  if (type === 'String') return 0;
  return type === 'Integral' ? live.sketch.whole / live.sketch.count : 1;
}

const completeness = ({ sketch }: FeatureProfile): number => (sketch.rows === 0 ? 1 : 1 - sketch.missing / sketch.rows);

function incomplete(baseline: FeatureProfile, live: FeatureProfile): string | undefined {
  const [expected, found] = [completeness(baseline), completeness(live)];
  if (found >= expected) return undefined;
  return `Data completeness requirement is not met. Expected completeness: ${percent(expected)}. Observed: Only ${percent(found)} of data is complete.`;
}

function unknownValues(baseline: FeatureProfile, live: FeatureProfile): string | undefined {
  if (baseline.kind === 'number' || live.kind === 'number' || live.sketch.count === 0) return undefined;
  const domain = categoryCounts(baseline.sketch);
  const found = categoryCounts(live.sketch);
  if (!domain?.size || domain.size > DOMAIN_MOST || found === undefined) return undefined;
  const unknown = [...found].reduce((sum, [category, count]) => sum + (domain.has(category) ? 0 : count), 0);
  const share = 1 - unknown / live.sketch.count;
  if (share >= KNOWN) return undefined;
  return `Value domain requirement is not met. Expected share of known values: ${percent(KNOWN)}. Observed: Only ${percent(share)} of values are in the baseline.`;
}

function drifted({ kind }: FeatureProfile, { distance }: Comparison): string | undefined {
  const { comparison_threshold: ofNumbers, categorical_comparison_threshold: ofCategories } = distribution_constraints;
  const threshold = kind === 'number' ? ofNumbers : ofCategories;
  if (distance === null || distance <= threshold) return undefined;
  return `Baseline drift distance: ${distance} exceeds threshold: ${threshold}`;
}
