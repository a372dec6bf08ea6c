import type { ReleaseOptions } from '../options.ts';
import { type Verdict, verdictOf } from '../result.ts';
import type { LookDocument, StepBegan, StepEnded } from './documents.ts';
import type { CanaryRecords, StepRecords } from './records.ts';
import { levelOf, lookTimes } from './schedule.ts';
import { judgeSettings, type StepPlan, stepPlan } from './settings.ts';
import { many } from './wording.ts';

/** The one thing that a canary does next. Steps count from 0. */
export type CanaryMove =
  | { readonly do: 'open' }
  | { readonly do: 'begin'; readonly step: number; readonly plan: StepPlan }
  | { readonly do: 'look'; readonly step: number; readonly look: DueLook }
  | { readonly do: 'bake'; readonly seconds: number }
  | { readonly do: 'end'; readonly step: number; readonly ended: Omit<StepEnded, 'at'> }
  | { readonly do: 'hold'; readonly step: number; readonly reason: string }
  | { readonly do: 'go live' }
  | { readonly do: 'roll back'; readonly state: 'rolled back' | 'rejected'; readonly reason: string };

/** A look that it is time for. */
export interface DueLook {
  /** From 1. */
  readonly number: number;
  /** Since the step began: what came later is not looked at. */
  readonly seconds: number;
  readonly level: number;
}

/** What passes while it is decided. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How late observations are. */
  readonly lagSeconds: number;
}

/**
 * What comes next, from what is recorded and the time alone: so whoever was killed, or away for long, goes on where it
 * was, and a bake that is over by now is judged over its own time.
 */
export function nextMove(options: ReleaseOptions, records: CanaryRecords, moment: Moment): CanaryMove {
  const { began, steps } = records;
  if (!began) return { do: 'open' };
  if (!began.applicable) return { do: 'go live' };
  const [last, step] = [steps.at(-1), steps.length - 1];
  if (!last?.began) return begin(options, 0);
  if (!last.ended) return watch(options, { ...last, began: last.began }, step, moment);
  if (last.ended.verdict === 'reject') return { do: 'roll back', state: 'rolled back', reason: last.ended.reason };
  if (last.ended.verdict === 'hold') {
    if (!last.decision) return { do: 'hold', step, reason: last.ended.reason };
    if (last.decision === 'reject') return { do: 'roll back', state: 'rejected', reason: last.reason ?? '' };
  }
  return begin(options, step + 1);
}

/** The step, where there is one. */
function begin({ canary = [], judge }: ReleaseOptions, step: number): CanaryMove {
  const asked = canary[step];
  return asked ? { do: 'begin', step, plan: stepPlan(asked, judge) } : { do: 'go live' };
}

type Begun = StepRecords & { readonly began: StepBegan };

/** A step that has not ended: it ends, or is looked at, or goes on. */
function watch({ judge }: ReleaseOptions, records: Begun, step: number, moment: Moment): CanaryMove {
  const { began, looks } = records;
  const last = looks.at(-1);
  const ended = last && conclusionOf(began, last);
  if (ended) return { do: 'end', step, ended };
  const before = last?.seconds ?? 0;
  const times = lookTimes(began).filter((seconds) => seconds > before);
  const whole = (moment.now - Date.parse(began.at)) / 1000 - moment.lagSeconds;
  const due = dueOf(times, began.bakeSeconds, whole);
  if (due === undefined) return { do: 'bake', seconds: Math.max(1, Math.ceil((times[0] as number) - whole)) };
  const level = levelOf(judgeSettings(judge).alpha, began, before, due);
  return { do: 'look', step, look: { number: looks.length + 1, seconds: due, level } };
}

/** The latest look that it is time for; but none passes over the end of the bake. */
function dueOf(times: readonly number[], bakeSeconds: number, whole: number): number | undefined {
  const passed = times.filter((seconds) => seconds <= whole);
  return passed.includes(bakeSeconds) ? bakeSeconds : passed.at(-1);
}

const endOf = ({ bakeSeconds, extensionSeconds }: StepBegan): number => bakeSeconds + extensionSeconds;

/** Requests of the challenger, golden questions in their place among them. */
const requestsOf = ({ live, golden }: Pick<LookDocument, 'live' | 'golden'>): number =>
  live.challenger.requests + (golden?.challenger.requests ?? 0);

/**
 * Whether a verdict is due: when the bake is over and the requests are there, and once more when the extension is over. So
 * there are two at most, and when the first one is depends on the number of requests alone, not on what they were.
 */
export function isJudged(
  began: StepBegan,
  looks: readonly LookDocument[],
  look: Pick<LookDocument, 'seconds' | 'live' | 'golden'>,
): boolean {
  if (look.seconds < began.bakeSeconds || requestsOf(look) < began.needed) return false;
  return look.seconds >= endOf(began) || !looks.some(({ judged }) => judged);
}

/** What a look ends the step with; undefined where it goes on. */
export function conclusionOf(began: StepBegan, look: LookDocument): Omit<StepEnded, 'at'> | undefined {
  const found = verdictOf(look.results);
  const isLast = look.seconds >= endOf(began);
  const verdict: Verdict | undefined =
    found === 'reject' ? 'reject' : look.judged && found === 'promote' ? 'promote' : isLast ? 'hold' : undefined;
  if (!verdict) return undefined;
  const { number: looks, seconds, results } = look;
  return { verdict, reason: reasonOf(verdict, began, look), looks, seconds, results };
}

function reasonOf(verdict: Verdict, began: StepBegan, look: LookDocument): string {
  const { weight, needed } = began;
  const at = `At ${weight} % of the traffic, after ${many(look.seconds, 'second')}`;
  const requests = requestsOf(look);
  if (verdict === 'promote') return `${at}: within all limits, in ${many(requests, 'request')} of the challenger.`;
  const [because, word] =
    verdict === 'reject'
      ? (['fail', 'the challenger does harm'] as const)
      : (['inconclusive', 'nothing is sure'] as const);
  const sentences = look.results.filter(({ verdict }) => verdict === because).map(({ sentence }) => sentence);
  if (verdict === 'reject' || requests >= needed) return `${at}, ${word}. ${sentences.join(' ')}`;
  return `${at}, ${requests} of ${many(needed, 'request')} that it takes to judge the challenger. ${sentences.join(' ')}`.trim();
}
