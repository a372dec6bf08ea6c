import { metricsOf } from '../../evaluation/metrics-of.ts';
import { tallyOf } from '../../evaluation/tally.ts';
import type { FeedbackOptions } from '../feedback-options.ts';
import { type JoinPlace, predictingOf, Versions } from '../join/place.ts';
import type { QualityOfVersion } from '../monitor/documents.ts';
import { predictedNames } from '../prediction.ts';
import { type CameOptions, type FeedbackRecord, recordsThatCame, type Span } from '../truth/records.ts';
import { evaluatedOf } from './evaluated.ts';
import { figuresOf, withinTolerance } from './figures.ts';

export interface QualityOptions extends CameOptions {
  /** @default - no option of it */
  readonly feedback?: FeedbackOptions;
  /** Looked at besides the usual ones: what `watch.quality` names. @default - none */
  readonly metric?: string | undefined;
  /** Truths that it takes to say something: said, not held to. @default - nobody has said it */
  readonly minimum?: number | undefined;
}

type QualityPlace = Pick<JoinPlace, 'store' | 'registry' | 'onMessage'>;

/**
 * How good the answers were whose truth came within the span, version by version, the newest first. Throws
 * `evaluation.metric`, and what the store throws.
 */
export async function qualityOf(
  place: QualityPlace,
  model: string,
  span: Span,
  options: QualityOptions = {},
): Promise<QualityOfVersion[]> {
  return qualityOfRecords(place, model, await recordsThatCame(place, model, span, options), options);
}

/** The same of records that have been read. */
export async function qualityOfRecords(
  place: QualityPlace,
  model: string,
  records: readonly FeedbackRecord[],
  { feedback = {}, metric, minimum }: QualityOptions,
): Promise<QualityOfVersion[]> {
  const versions = new Versions(place, model);
  const found: QualityOfVersion[] = [];
  for (const [version, own] of [...Map.groupBy(records, (record) => record.version)].sort(([a], [b]) => b - a)) {
    const manifest = await versions.manifest(version);
    const names = manifest && predictedNames(predictingOf(manifest, feedback));
    const rows = evaluatedOf(own, names);
    const near = rows.task === 'regression' ? withinTolerance(own) : undefined;
    const figures = [...(near ? [near] : []), ...figuresOf(rows, metric)];
    const metrics = metricsOf(tallyOf(rows, 'challenger'));
    found.push({ version, labelled: rows.count, ...(minimum !== undefined && { minimum }), metrics, figures });
  }
  return found;
}
