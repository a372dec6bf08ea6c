import type { Manifest } from '../../model/manifest.ts';
import type { Target, TargetAnswer, Traffic } from '../../ports.ts';
import type { ChosenRequest } from './chosen.ts';
import { compare, type Scale } from './compare.ts';
import type { PredictionReader } from './predictions.ts';
import { ShadowCount } from './tally.ts';

/** Milliseconds that one task asks: what is left over is for the next one. */
const PATIENCE = 30_000;

/** Requests a second that are asked one after another; of more, several are under way at once. */
const PER_LANE = 10;
const MOST_LANES = 32;

/** Who is asked, and how answers are read. */
export interface Replay {
  readonly traffic: Traffic;
  readonly target: Target;
  readonly manifest: Manifest;
  readonly champion: PredictionReader;
  readonly challenger: PredictionReader;
  readonly scale: Scale;
  /** Requests a second at most. */
  readonly rate: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
}

/** Requests that one task takes at most. */
export const chunkSize = (rate: number): number => Math.max(1, Math.floor((rate * PATIENCE) / 1000));

/**
 * Asks the challenger at the set rate, at most, what the champion was asked, and compares. What was asked until time was up
 * is counted: `done` of the requests, the first of them.
 */
export async function replay(
  asked: Replay,
  requests: readonly ChosenRequest[],
): Promise<{ readonly count: ShadowCount; readonly done: number }> {
  const { rate, now, wait } = asked;
  const count = new ShadowCount();
  const began = now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests.length && now() - began < PATIENCE) {
      const index = next++;
      const early = began + (index * 1000) / rate - now();
      if (early > 0) await wait(early);
      await askOne(asked, requests[index] as ChosenRequest, count);
    }
  };
  const lanes = Math.min(MOST_LANES, Math.ceil(rate / PER_LANE));
  await Promise.all(Array.from({ length: lanes }, lane));
  return { count, done: next };
}

async function askOne(asked: Replay, request: ChosenRequest, count: ShadowCount): Promise<void> {
  const { recorded } = request;
  if (!recorded) return count.lose();
  const champion = asked.champion.read(recorded.response);
  if (!champion) return count.skip();
  const answer = await ask(asked, recorded.request);
  if (typeof answer === 'string') return count.fail(request, answer);
  const challenger = asked.challenger.read(answer.body);
  if (challenger?.rows !== champion.rows) return count.fail(request, 'its answer lacks the prediction');
  count.add(request, compare(champion, challenger, asked.scale), recorded.ms, answer.ms);
}

/** What may be over a moment later, as when too many ask at once: it is asked once more. */
const PASSING = new Set([429, 503]);

/** The answer, or in words why there is none; never what it says, which may repeat what was asked. */
async function ask({ traffic, target, manifest }: Replay, body: string): Promise<TargetAnswer | string> {
  try {
    let answer = await traffic.ask(target, manifest, body);
    if (PASSING.has(answer.status)) answer = await traffic.ask(target, manifest, body);
    return answer.status === 200 ? answer : `status ${answer.status}`;
  } catch {
    return 'it crashed, or could not be reached';
  }
}
