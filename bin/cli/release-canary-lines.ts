import type {
  CanaryDocument,
  LookDocument,
  ObservedJson,
  StepBegan,
  StepEnded,
} from '#core/release/canary/documents.ts';
import { counted, line, resultLines, withoutSentences } from './release-words.ts';

/** What is said of the canary as a whole: nothing, where its steps speak for themselves. */
export const canaryLines = ({ applicable, reason }: CanaryDocument): string[] =>
  applicable ? [] : [line('canary', reason)];

/** What is said of a document of a step; `path` is its key below the release's prefix. */
export function stepLines(path: string, document: object): string[] {
  const [, step = '', what = ''] = /^canary\/(\d+)\/(began|looks|ended)/.exec(path) ?? [];
  const name = `step ${Number(step) + 1}`;
  if (what === 'began') return [began(name, document as StepBegan)];
  if (what === 'looks') return [look(document as LookDocument)];
  const { verdict, reason, results } = document as StepEnded;
  if (verdict === 'promote') return [line(name, reason)];
  return [line(name, withoutSentences(reason, results)), ...resultLines(results)];
}

/** Whether nobody has asked for anything since the step began. */
export const isUnasked = ({ live, golden }: LookDocument): boolean =>
  live.champion.requests + live.challenger.requests + (golden?.challenger.requests ?? 0) === 0;

const began = (name: string, { weight, bakeSeconds, needed }: StepBegan): string =>
  line('canary', `${name}: ${weight} % of the requests for ${bakeSeconds} s, ${needed} of them at least`);

function look({ seconds, live, golden }: LookDocument): string {
  const asked = golden ? `, ${counted(golden.challenger.requests, 'golden question', 'golden questions')} besides` : '';
  const after = `after ${Math.round(seconds)} s:`;
  return line('', `${after} challenger ${requests(live.challenger)}, champion ${requests(live.champion)}${asked}`);
}

const requests = ({ requests: asked, errors }: ObservedJson): string =>
  `${counted(asked, 'request', 'requests')} (${errors} failed)`;
