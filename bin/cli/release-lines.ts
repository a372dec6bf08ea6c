import type {
  AbortDocument,
  EndDocument,
  GatesDocument,
  LiveDocument,
  PublishDocument,
  RollBackDocument,
  VerifyDocument,
  WarmUpDocument,
} from '#core/release/documents.ts';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';
import type { Decision, Release, Wait } from '#core/release/release.ts';
import type { GateResult } from '#core/release/result.ts';
import { styleError } from './output.ts';
import { canaryLines, stepLines } from './release-canary-lines.ts';
import type { Found } from './release-found.ts';
import { counted, line, minute, resultLines, WIDTH } from './release-words.ts';

/** `iris-r3  iris:4 against version 3, which is live` */
export function beginning({ release, model, version, champion }: Release): string {
  const against =
    champion === undefined
      ? 'the first to go live'
      : champion === version
        ? 'which is live'
        : `against version ${champion}, which is live`;
  return `${styleError('bold', release)}  ${model}:${version}, ${against}`;
}

/** What is said of a document: nothing, of some. */
export function linesOf({ step, path, document }: Found): string[] {
  if (step === 'canary/') return stepLines(path, document);
  const describer = DESCRIBERS[step] as (document: object) => string[];
  return describer(document);
}

const DESCRIBERS: Readonly<Record<string, (document: never) => string[]>> = {
  verify: ({ results, verdict }: VerifyDocument) => [
    line('verify', verdict === 'reject' ? 'fails' : 'is what was registered, and can be released'),
    ...(verdict === 'reject' ? resultLines(results) : []),
  ],
  evaluation: evaluationLines,
  gates: ({ results, verdict }: GatesDocument) => [line('gates', VERDICT[verdict]), ...resultLines(results)],
  'waits/': ({ kind, expires }: Wait) => [
    line(kind, `Nothing is sent to it until a person says so, by ${minute(expires)} at the latest.`),
  ],
  'decisions/': ({ decision, actor, reason }: Decision) => [line(decision, `by ${actor}: ${reason}`)],
  publish: ({ target, champion }: PublishDocument) => [
    line(
      'publish',
      target.id === String(target.version) ? `version ${target.version}` : `version ${target.id} of the function`,
    ) + (champion ? '' : ', the first to go live'),
  ],
  'warm-up': ({ compared, skipped }: WarmUpDocument) => [
    line(
      'warm up',
      `${counted(compared, 'golden answer is', 'golden answers are')} as recorded${skipped > 0 ? `, ${skipped} too large to ask` : ''}`,
    ),
  ],
  shadow: (document: { readonly results?: readonly GateResult[] }) => [
    line('shadow', 'recorded requests were asked of it'),
    ...resultLines(document.results ?? []),
  ],
  canary: canaryLines,
  abort: ({ actor, reason }: AbortDocument) => [line('abort', `by ${actor}: ${reason}`)],
  live: ({ target, former }: LiveDocument) => [
    line(
      'traffic',
      `version ${target.version} answers all requests${former ? `; previous is version ${former.version}` : ''}`,
    ),
  ],
  'roll-back': ({ to }: RollBackDocument) => [
    line('roll back', to ? `version ${to.version} answers all requests` : 'nothing was sent to it'),
  ],
  end: ({ state, reason }: EndDocument) =>
    state === 'live' ? [line(styleError('green', 'live'.padEnd(WIDTH)), reason)] : [],
};

const VERDICT = { promote: 'pass', hold: 'cannot say', reject: 'fail' } as const;

function evaluationLines({ data, quality, challenger, champion }: EvaluationReport): string[] {
  const rows = `${quality.rows - quality.bad} rows of ${data.key.slice(data.key.lastIndexOf('/') + 1)}`;
  const bad = quality.bad > 0 ? `, ${quality.bad} bad` : '';
  const shown = ['accuracy', 'f1_macro', 'roc_auc', 'root_mean_squared_error', 'r2'].flatMap((name) => {
    const value = challenger.metrics[name];
    if (value === undefined || value === null) return [];
    const former = champion?.metrics[name];
    return [
      `${name} ${value.toFixed(4)}${former === undefined || former === null ? '' : ` (live ${former.toFixed(4)})`}`,
    ];
  });
  return [line('evaluate', [`${rows}${bad}`, ...shown].join(', '))];
}
