import type { Target } from '../ports.ts';
import type { CanaryDocument } from './canary/documents.ts';
import type { EvaluationReport } from './evaluation/report.ts';
import type { Release, ReleaseState } from './release.ts';
import type { GateResult, Verdict } from './result.ts';
import type { ShadowDocument } from './shadow/documents.ts';

/** What each state of the workflow leaves, under its name. All are create-only, and the first one stands. */
export interface ReleaseDocuments {
  readonly request: Release;
  readonly verify: VerifyDocument;
  readonly evaluation: EvaluationReport;
  readonly gates: GatesDocument;
  readonly publish: PublishDocument;
  readonly 'warm-up': WarmUpDocument;
  readonly shadow: ShadowDocument;
  readonly canary: CanaryDocument;
  readonly live: LiveDocument;
  readonly postponed: PostponedDocument;
  readonly abort: AbortDocument;
  readonly 'roll-back': RollBackDocument;
  readonly end: EndDocument;
}

/** Whether the version can be released at all. */
export interface VerifyDocument {
  readonly results: readonly GateResult[];
  readonly verdict: Verdict;
}

/** What the gates say of the evaluation. */
export interface GatesDocument {
  readonly verdict: Verdict;
  readonly results: readonly GateResult[];
}

/** What answers for the challenger. */
export interface PublishDocument {
  readonly target: Target;
  /** Where `live` led then. @default - nowhere */
  readonly champion?: Target;
}

export interface WarmUpDocument {
  readonly compared: number;
  readonly skipped: number;
}

/** That all traffic goes to it: written first, then traffic is brought to it. */
export interface LiveDocument {
  /** ISO 8601. */
  readonly at: string;
  readonly target: Target;
  /** What was live, and is `previous` from now on. @default - nothing was, or the very same */
  readonly former?: Target;
  /** What was `previous`, should it have to be that again. */
  readonly previous?: Target;
}

/** Something of the model's function was deployed while the release was open. */
interface PostponedDocument {
  readonly at: string;
  /** Of EventBridge, by its id. */
  readonly event: string;
}

/** Somebody, or an alarm, ended it. */
export interface AbortDocument {
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  readonly by: 'person' | 'alarm';
}

/** That it ends without going live: written first, then traffic is brought to it, as often as it takes. */
export interface RollBackDocument {
  readonly at: string;
  /** What the release comes to by it. */
  readonly state: Exclude<ReleaseState, 'open' | 'waiting' | 'live'>;
  readonly reason: string;
  /** Where live traffic leads again. @default - nothing was published, or nothing was live */
  readonly to?: Target;
}

/** How a release ended; its history record says the same. */
export interface EndDocument {
  readonly at: string;
  readonly state: Exclude<ReleaseState, 'open' | 'waiting'>;
  readonly reason: string;
}
