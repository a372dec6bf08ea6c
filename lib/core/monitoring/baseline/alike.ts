import type { Manifest } from '../../model/manifest.ts';
import type { Redaction } from '../capture/options.ts';
import { keyOf } from '../drift/violations.ts';
import { type FeaturePlan, featurePlan } from '../features/plan.ts';
import type { Profile } from '../profile/profile.ts';
import type { Baseline } from './read-baseline.ts';

/** How live rows are looked at. */
export interface LiveSide {
  /** @default - nothing is sensitive */
  readonly sensitive?: Readonly<Record<string, Redaction>> | undefined;
  /** The number of the key that values are hashed with now. @default - there is none */
  readonly hashedWith?: number | undefined;
  /** The output that is the prediction. @default - the one that says one thing of a row */
  readonly output?: string | undefined;
}

/** A profile without what the other side knows in another way, or not at all. */
export interface Alike {
  readonly baseline: Profile;
  readonly live: Profile;
  /** What was left out, and why, a sentence. @default - nothing */
  readonly why?: string;
}

/** Features that were redacted alike when the baseline was made and now: a name and the hash of it are not comparable. */
export function alikeOf(manifest: Manifest, { profile, said }: Baseline, live: Profile, side: LiveSide): Alike {
  const { signature, labels, task } = manifest;
  const planOf = (sensitive: LiveSide['sensitive']): FeaturePlan =>
    featurePlan({ signature, labels, task, columns: said.columns, output: side.output, sensitive });
  const [then, now] = [planOf(said.redacted), planOf(side.sensitive)];
  const other = otherIn(then, now, said.hashedWith === side.hashedWith);
  if (other.size === 0) return { baseline: profile, live };
  const prediction = then.features[then.prediction ?? -1];
  // What truths have to do with predictions is told by these.
  const isTold = prediction !== undefined && !other.has(keyOf(prediction));
  const rest = ({ features, truth, rows }: Profile): Profile => ({
    rows,
    features: features.filter((feature) => !other.has(keyOf(feature))),
    ...(truth && isTold && { truth }),
  });
  return { baseline: rest(profile), live: rest(live), why: whyOf(manifest, [...other.values()]) };
}

/** By key, the names of those that are looked at in another way, or on one side alone. */
function otherIn(then: FeaturePlan, now: FeaturePlan, isSameKey: boolean): Map<string, string> {
  const [before, after] = [then, now].map(
    ({ features }) => new Map(features.map((each) => [keyOf(each), each.hashed])),
  );
  const all = [...then.features, ...now.features].map((feature) => [keyOf(feature), feature.name] as const);
  return new Map(
    all.filter(([key]) => before?.get(key) !== after?.get(key) || (before?.get(key) === true && !isSameKey)),
  );
}

/** Names that are said: the rest is counted. */
const SHOWN = 5;

function whyOf({ name, version }: Manifest, features: readonly string[]): string {
  const more = features.length > SHOWN ? ` and ${features.length - SHOWN} more` : '';
  const names = features
    .slice(0, SHOWN)
    .map((feature) => JSON.stringify(feature))
    .join(', ');
  return `Not compared, as the baseline of ${name}:${version} was redacted in another way than what is captured now: ${names}${more}. Register the model again with its baseline.`;
}
