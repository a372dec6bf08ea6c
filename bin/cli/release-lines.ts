import { readDocument } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
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
import { documentKey, releasePrefix } from '#core/release/keys.ts';
import type { Decision, Release, Wait } from '#core/release/release.ts';
import type { GateResult } from '#core/release/result.ts';
import { styleError } from './output.ts';
import { canaryLines, stepLines } from './release-canary-lines.ts';
import { line, resultLines, WIDTH } from './release-words.ts';

/** What is looked for of a release, in the order in which it comes about: names of documents, or prefixes of them. */
export const STEPS = [
  'verify',
  'evaluation',
  'gates',
  'waits/',
  'decisions/',
  'publish',
  'warm-up',
  'shadow',
  'canary',
  'canary/',
  'abort',
  'live',
  'roll-back',
  'end',
] as const;

/** `iris-r3  iris:4 against version 3, which is live` */
export function beginning({ release, model, version, champion }: Release): string {
  const against = champion === undefined ? 'the first to go live' : `against version ${champion}, which is live`;
  return `${styleError('bold', release)}  ${model}:${version}, ${against}`;
}

/** The documents of a step that are not in `told`, each with what is said of it. */
export async function* linesOf(
  store: ObjectStore,
  release: string,
  step: (typeof STEPS)[number],
  told: ReadonlySet<string>,
): AsyncIterable<[key: string, lines: string[]]> {
  for (const key of await keysOf(store, release, step)) {
    if (told.has(key)) continue;
    const document = await readDocument<object>(store, key);
    if (document) yield [key, describe(step, key.slice(releasePrefix(release).length), document)];
  }
}

async function keysOf(store: ObjectStore, release: string, step: string): Promise<string[]> {
  if (!step.endsWith('/')) return [documentKey(release, step)];
  const found: string[] = [];
  for await (const { key } of store.list(releasePrefix(release) + step)) if (key.endsWith('.json')) found.push(key);
  return found.sort(byTime);
}

const PARTS = ['began', 'looks', 'ended'];

/** As it came about: what a step has come to is told behind what was seen of it, and a tenth look behind the ninth. */
function byTime(one: string, other: string): number {
  const [a, b] = [one, other].map((key) => {
    const [, step = '0', part = ''] = /(\d+)\/(began|looks|ended)/.exec(key) ?? [];
    const number = Number(/(\d+)\.json$/.exec(key)?.[1] ?? 0);
    return (Number(step) * PARTS.length + PARTS.indexOf(part)) * 1e6 + number;
  }) as [number, number];
  return a - b;
}

function describe(step: (typeof STEPS)[number], path: string, document: object): string[] {
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
  'waits/': ({ kind, reason, expires }: Wait) => [
    line(kind === 'hold' ? 'hold' : 'approval', `${reason} Until ${expires}.`),
  ],
  'decisions/': ({ decision, actor, reason }: Decision) => [line(decision, `by ${actor}: ${reason}`)],
  publish: ({ target, champion }: PublishDocument) => [
    line(
      'publish',
      target.id === String(target.version) ? `version ${target.version}` : `version ${target.id} of the function`,
    ) + (champion ? '' : ', the first to go live'),
  ],
  'warm-up': ({ compared, skipped }: WarmUpDocument) => [
    line('warm up', `${compared} golden answers are as recorded${skipped > 0 ? `, ${skipped} too large to ask` : ''}`),
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
  'roll-back': ({ moved, to }: RollBackDocument) => [
    line('roll back', moved && to ? `version ${to.version} answers all requests again` : 'no traffic had to be moved'),
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
