import type { CaptureKeys } from '#core/monitoring/capture/keys.ts';
import type { CaptureWriting } from '#core/monitoring/capture/line.ts';
import { redactedOf } from '#core/monitoring/capture/line.ts';
import type { CaptureOptions, Redaction } from '#core/monitoring/capture/options.ts';
import { type Redactions, redactionsOf } from '#core/monitoring/capture/redaction.ts';
import { tensorFeatures } from '#core/monitoring/features/tensor-features.ts';
import type { ServedModel } from '../host.ts';

/** What all captured requests to a version have in common, made once. */
export interface VersionPlan {
  readonly options: CaptureOptions;
  readonly redactions: Redactions;
  /** As events say it. */
  readonly redacted: Readonly<Record<string, Redaction>> | undefined;
  /** Whether it takes a key: for the subject, or for a field. */
  readonly needsKey: boolean;
}

/** Throws `capture.sensitive_unknown`. */
export function versionPlan({ model, manifest }: ServedModel, options: CaptureOptions): VersionPlan {
  const { signature } = model;
  const { labels, baseline } = manifest;
  const columns = baseline?.profile?.columns;
  const sensitive = options.sensitive ?? {};
  const redactions = redactionsOf({ signature, columns, labels }, sensitive);
  const needsKey = options.subject !== undefined || Object.values(sensitive).includes('hash');
  return { options, redactions, redacted: redactedOf(redactions), needsKey };
}

/** Without a key nothing is hashed: `needsKey` tells where there has to be one. */
export const writingOf = (
  { redactions, options: { whole = false } }: VersionPlan,
  name: string,
  keys: CaptureKeys | undefined,
): CaptureWriting => ({
  redactions,
  hash: (field, text) => (keys as CaptureKeys).hash(name, field, text),
  whole,
  featuresOf: tensorFeatures,
});
