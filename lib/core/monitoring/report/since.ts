import type { DriftVerdict, FeatureDrift } from '../drift/verdict.ts';
import type { WindowDocument } from '../monitor/documents.ts';

/** The features of a verdict with what truths have to do with predictions. */
export const comparedIn = ({ features, concept }: DriftVerdict): readonly FeatureDrift[] =>
  concept ? [...features, concept] : features;

export const featureKey = ({ role, name }: Pick<FeatureDrift, 'role' | 'name'>): string => `${role} ${name}`;

/** A window that was judged: rows that were too few are in one behind it. */
type Judged = WindowDocument & { readonly drift: DriftVerdict };

const isJudged = (document: WindowDocument): document is Judged =>
  document.drift !== undefined && document.drift.state !== 'few';

/**
 * By feature, the first of the windows in a row, up to the last document, in which it has drifted; those that have not
 * drifted in the last one are not in it. A new version begins anew. `documents`: oldest first.
 */
export function driftingSince(documents: readonly WindowDocument[]): ReadonlyMap<string, WindowDocument> {
  const judged = documents.filter(isJudged);
  const last = judged.at(-1);
  const since = new Map<string, WindowDocument>();
  const going = new Set(last ? driftedIn(last) : []);
  for (const document of judged.toReversed()) {
    if (document.version !== last?.version) break;
    const drifted = new Set(driftedIn(document));
    for (const feature of going) {
      if (drifted.has(feature)) since.set(feature, document);
      else going.delete(feature);
    }
  }
  return since;
}

const driftedIn = ({ drift }: Judged): string[] =>
  comparedIn(drift)
    .filter(({ drifted }) => drifted)
    .map(featureKey);

/** The windows before anything drifted, and those since, of the last document's version; the first are empty where all drift. */
export function aroundShift(documents: readonly WindowDocument[]): {
  readonly before: readonly WindowDocument[];
  readonly since: readonly WindowDocument[];
} {
  const version = documents.at(-1)?.version;
  const own = documents.filter((document) => document.version === version);
  const [first] = [...driftingSince(documents).values()].map(({ from }) => from).sort();
  if (first === undefined) return { before: own.slice(0, -1), since: own.slice(-1) };
  return { before: own.filter(({ from }) => from < first), since: own.filter(({ from }) => from >= first) };
}
