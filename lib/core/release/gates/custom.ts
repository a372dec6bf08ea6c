import * as v from 'valibot';
import type { EvaluationReport } from '../evaluation/report.ts';
import type { Release } from '../release.ts';
import type { ReleaseWorld } from '../world.ts';
import { type Answer, inconclusive } from './answer.ts';
import type { Gate } from './options.ts';

/** What a gate that is not ours is told: all that ours know, but the rows. Plain data. */
export interface CustomEvidence extends Pick<Release, 'release' | 'model' | 'version'> {
  readonly champion?: number;
  /** @default - no evaluation is configured */
  readonly report?: EvaluationReport;
}

/** Milliseconds that a custom gate is waited for. */
export const CUSTOM_GATE_LIMIT_MS = 60_000;

const MAX_SENTENCE = 1000;

const answer = v.object({
  verdict: v.picklist(['pass', 'fail', 'inconclusive', 'not applicable']),
  sentence: v.pipe(v.string(), v.nonEmpty(), v.maxLength(MAX_SENTENCE)),
  numbers: v.optional(v.record(v.string(), v.nullable(v.union([v.pipe(v.number(), v.finite()), v.string()]))), {}),
});

/** Asks it. What is no answer, or comes too late, is no evidence: inconclusive. Throws what the gate throws. */
export async function custom(
  gate: Gate<'custom'>,
  evidence: CustomEvidence,
  world: Pick<ReleaseWorld, 'customGate'>,
  limitMs: number = CUSTOM_GATE_LIMIT_MS,
): Promise<Answer> {
  const said = await inTime(world.customGate(gate, evidence), limitMs);
  if (said === LATE) return inconclusive(`It gave no answer within ${limitMs / 1000} seconds.`);
  const { success, output, issues } = v.safeParse(answer, said);
  if (success) return output;
  const [{ message }] = issues;
  return inconclusive(
    `Its answer is no { verdict, sentence, numbers }: ${v.getDotPath(issues[0]) ?? 'the top'}: ${message}.`,
  );
}

const LATE = Symbol('late');

async function inTime<T>(promise: Promise<T>, limitMs: number): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, limitMs, LATE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
