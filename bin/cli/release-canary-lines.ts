import type {
  CanaryDocument,
  LookDocument,
  ObservedJson,
  StepBegan,
  StepEnded,
} from '#core/release/canary/documents.ts';
import { line, resultLines } from './release-words.ts';

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
  return [line(name, reason), ...(verdict === 'promote' ? [] : resultLines(results))];
}

const began = (name: string, { weight, bakeSeconds, needed }: StepBegan): string =>
  line('canary', `${name}: ${weight} % of the requests for ${bakeSeconds} s, ${needed} of them at least`);

function look({ seconds, live, golden }: LookDocument): string {
  const asked = golden ? `, ${golden.challenger.requests} golden questions besides` : '';
  return line(
    '',
    `after ${Math.round(seconds)} s  challenger ${counts(live.challenger)}, champion ${counts(live.champion)}${asked}`,
  );
}

const counts = ({ requests, errors }: ObservedJson): string => `${requests} requests (${errors} failed)`;
