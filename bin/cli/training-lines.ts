import type {
  CheckDocument,
  EndDocument,
  Progress,
  RegisterDocument,
  ResultDocument,
  StopDocument,
} from '#core/training/documents.ts';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import type { Training } from '#core/training/training.ts';
import type { TrainingDocuments } from '#core/training/store.ts';
import { formatSeconds } from './batch-progress.ts';
import { formatBytes, styleError } from './output.ts';
import { counted, line } from './release-words.ts';

/** `digits-t3  trains digits with ./trainer` */
export function beginning({ training, model, kind, version, options }: Training): string {
  const { image, source } = options;
  const what = kind === 'optimize' ? `tries variants of ${model}:${version}` : `trains ${model}`;
  const by = kind === 'optimize' ? '' : ` with ${image ?? source ?? 'its image'}`;
  return `${styleError('bold', training)}  ${what}${by}`;
}

/** What is said of a document. */
export const linesOf = <Name extends keyof typeof DESCRIBERS>(
  name: Name,
  document: TrainingDocuments[Name],
): string[] => (DESCRIBERS[name] as (document: TrainingDocuments[Name]) => string[])(document);

export const DESCRIBERS = {
  result: ({ outcome, seconds, attempts, model, exitCode }: ResultDocument) => {
    const size = model.reduce((sum, each) => sum + each.size, 0);
    const hosts = attempts > 1 ? `, on ${attempts} hosts` : '';
    const left = `${counted(model.length, 'file', 'files')} of ${formatBytes(size)}`;
    const how = outcome === 'succeeded' ? `left ${left}` : `${outcome} with exit code ${exitCode}`;
    return [line('train', `${how} after ${formatSeconds(seconds)}${hosts}`)];
  },
  check: ({ compared, largest, tolerance }: CheckDocument) => {
    const most = Math.max(0, ...Object.values(largest));
    const within = `(tolerance ${tolerance.absolute} + ${tolerance.relative} of it)`;
    return [
      line(
        'export',
        `${counted(compared, 'answer of the framework is', 'answers of the framework are')} that of the model, to ${most.toExponential(1)} ${within}`,
      ),
    ];
  },
  optimization: ({ sentence }: OptimizationDocument) => [line('optimize', sentence)],
  register: ({ version }: RegisterDocument) => [line('register', `version ${version}`)],
  stop: ({ actor, reason }: StopDocument) => [line('stop', `by ${actor}: ${reason}`)],
  end: ({ state, reason }: EndDocument) => (state === 'failed' || state === 'stopped' ? [] : [line(state, reason)]),
} as const;

/** The numbers that the trainer has printed since, those of a moment on a line; `told` has how many of each were told, and is brought up to date. */
export function metricLines({ metrics }: Progress, told: Map<string, number>): string[] {
  const byTime = new Map<string, string[]>();
  for (const { name, value, at, step } of metrics) {
    if (step < (told.get(name) ?? 0)) continue;
    told.set(name, step + 1);
    byTime.set(at, [...(byTime.get(at) ?? []), `${name} ${Number(value.toPrecision(5))}`]);
  }
  return [...byTime.values()].map((values) => line('', values.join(', ')));
}
