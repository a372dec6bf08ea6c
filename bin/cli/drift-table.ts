import type { DriftVerdict, FeatureDrift } from '#core/monitoring/drift/verdict.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import { comparedIn, driftingSince, featureKey } from '#core/monitoring/report/since.ts';
import { table } from './output.ts';

/** Features that are shown where not all are asked for. */
const MOST = 20;

const STATES = {
  few: 'too few rows',
  untested: 'nothing to compare',
  stable: 'stable',
  suspected: 'suspected',
  drifting: 'DRIFTING',
} as const;

/** The windows, oldest first: what was found in each. */
export function windowsTable(documents: readonly WindowDocument[]): string {
  const rows = documents.map((document) => {
    const { window, version, drift, captured, why } = document;
    const moved = drift ? comparedIn(drift).filter(({ drifted }) => drifted) : [];
    const state = drift ? STATES[drift.state] : why === undefined ? 'not looked at' : 'no baseline';
    return [window, version?.toString() ?? '-', String(drift?.rows ?? captured), state, names(moved)];
  });
  return table([['window', 'version', 'rows', 'drift', 'features that moved'], ...rows]);
}

/** Those that moved most first. */
function names(moved: readonly FeatureDrift[]): string {
  const sorted = moved.toSorted((a, b) => (b.effect ?? 0) - (a.effect ?? 0)).map(({ name }) => shortened(name));
  return sorted.length > 3 ? `${sorted.slice(0, 3).join(', ')} and ${sorted.length - 3} more` : sorted.join(', ');
}

/** How each feature compares with the baseline; those that moved, unless `all` are asked for. */
export function featuresTable(verdict: DriftVerdict, since: ReadonlyMap<string, string>, all: boolean): string {
  const features = comparedIn(verdict).toSorted(byEffect);
  const chosen = all ? features : features.slice(0, MOST);
  const heading = ['feature', 'what', 'state', 'test', 'statistic', 'p adjusted', 'PSI', 'effect', 'missing', 'since'];
  const rows = chosen.map((feature) => [
    shortened(feature.name),
    feature.role,
    feature.confirmed ? 'DRIFTS' : feature.drifted ? 'moved' : 'as before',
    feature.test,
    number(feature.statistic),
    number(feature.adjusted),
    number(feature.psi),
    number(feature.effect),
    feature.rows === 0 ? '-' : `${Number(((100 * feature.missing) / feature.rows).toFixed(1))} %`,
    since.get(featureKey(feature)) ?? '',
  ]);
  const more = features.length - chosen.length;
  // Of one comparison there is no since.
  const columns = since.size > 0 ? heading.length : -1;
  return (
    table([heading, ...rows].map((row) => row.slice(0, columns))) +
    (more > 0 ? `\n${more} more moved less: --features shows them` : '')
  );
}

/** By feature, the window since when it has drifted. */
export const sinceOf = (documents: readonly WindowDocument[]): ReadonlyMap<string, string> =>
  new Map([...driftingSince(documents)].map(([feature, { window }]) => [feature, window]));

const byEffect = (a: FeatureDrift, b: FeatureDrift): number =>
  Number(b.confirmed) - Number(a.confirmed) ||
  Number(b.drifted) - Number(a.drifted) ||
  (b.effect ?? 0) - (a.effect ?? 0);

// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A name that somebody else has given does not steer the terminal. */
function shortened(name: string): string {
  const plain = name.replace(UNPRINTABLE, '\ufffd');
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain;
}

function number(value: number | null): string {
  if (value === null) return '-';
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
