import { expectSame } from '../answers.ts';
import { readAnswer } from './answer.ts';
import { CONTENDERS, ORIGINS, type Stores, type Subject } from './contenders.ts';
import type { Cell, Model } from './results.ts';
import { type Start, start, startWatched } from './start.ts';

/** Rounds in which the functions' own marks are noted: where the time goes needs no more. */
const WATCHED_ROUNDS = 5;

type Sampled = { readonly subject: Subject & { readonly model: Model } } & {
  readonly starts: Start[];
  readonly marks: Cell['marks'][number][];
};

/** Starts each function anew in each round, all of them by turns, so that what slows the machine slows them alike. */
export async function measure(models: readonly Model[], stores: Stores, rounds: number): Promise<Cell[]> {
  const sampled = models.flatMap((model) =>
    ORIGINS.flatMap((origin) =>
      CONTENDERS.map((contender): Sampled => ({ subject: { contender, origin, model }, starts: [], marks: [] })),
    ),
  );
  await rehearse(sampled, stores);
  for (let round = 0; round < rounds; round++) {
    for (const { subject, starts } of sampled) starts.push(await start(subject, stores));
  }
  for (let round = 0; round < Math.min(rounds, WATCHED_ROUNDS); round++) {
    for (const { subject, marks } of sampled) marks.push(await startWatched(subject, stores));
  }
  return sampled.map(cellOf);
}

/** A round that does not count, as it reads programs from the disk and compiles Python's; all must answer the same. */
async function rehearse(sampled: readonly Sampled[], stores: Stores): Promise<void> {
  for (const { subject } of sampled) {
    const twin = { ...subject, contender: 'python' as const };
    const [actual, expected] = [await start(subject, stores), await start(twin, stores)];
    expectSame(`${subject.contender}, ${subject.origin},`, readAnswer(actual.result), readAnswer(expected.result));
  }
}

function cellOf({ subject, starts, marks }: Sampled): Cell {
  const times = (of: (start: Start) => number): number[] => starts.map((one) => Math.round(of(one) * 10) / 10);
  const [answered, ready] = [times((one) => one.answered), times((one) => one.ready)];
  return { ...subject, answered, ready, memory: starts.map(({ memory }) => memory), marks: marks.map(rounded) };
}

const rounded = (marks: Cell['marks'][number]): Cell['marks'][number] =>
  Object.fromEntries(Object.entries(marks).map(([name, ms]) => [name, Math.round(ms * 10) / 10]));
