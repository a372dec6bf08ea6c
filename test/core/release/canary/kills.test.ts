import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TaskAnswer } from '#core/release/events.ts';
import { readCanary } from '#core/release/canary/records.ts';
import { runCanary } from '#core/release/canary/run-canary.ts';
import { decide, waitsOf } from '#core/release/waits.ts';
import { mortal, untilDone } from '../../batch/support/mortal.ts';
import { weightsOf } from './support/drive.ts';
import { BEGIN, CHALLENGER, CHAMPION, newPlace, type Place, RELEASE } from './support/place.ts';

const CANARY = [
  { weight: 5, bake: '10s' },
  { weight: 25, bake: '20s' },
  { weight: 80, bake: '5s', minimumRequests: 60 },
];
const JUDGE = { minimumRequests: 40, errorMargin: 0.2, extension: '10s' };

/** A workflow that is killed at writes, called again for nothing, and kept waiting; and what people say where it holds. */
interface History {
  readonly seed: number;
  readonly rate: number;
  readonly errorRate: number;
  readonly deaths: readonly { readonly write: number; readonly done: boolean }[];
  /** Of each call in turn. */
  readonly repeats: readonly number[];
  readonly lateSeconds: readonly number[];
  readonly decisions: readonly ('approve' | 'reject')[];
}

const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  rate: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
  errorRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.6, noNaN: true })),
  deaths: fc.array(fc.record({ write: fc.nat({ max: 60 }), done: fc.boolean() }), { maxLength: 6 }),
  repeats: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 5 }),
  lateSeconds: fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 60 })), { minLength: 1, maxLength: 5 }),
  decisions: fc.array(fc.constantFrom('approve', 'approve', 'reject'), { minLength: 1, maxLength: 3 }),
});

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** Until it says `live` or `roll back`; at most 300 calls. */
async function live(place: Place, history: History): Promise<TaskAnswer> {
  const { store } = mortal(place.store, history.deaths);
  const world = place.worldOn(store);
  let decided = 0;
  for (let call = 0; call < 300; call++) {
    let answer = await untilDone(() => runCanary(world, place.release));
    for (let again = 0; again < at(history.repeats, call); again++) {
      const repeated = await untilDone(() => runCanary(world, place.release));
      expect(repeated).toEqual(answer);
      answer = repeated;
    }
    if (answer.next === 'live' || answer.next === 'roll back') return answer;
    if (answer.next === 'wait') {
      expect(await place.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
      const { length: number } = await waitsOf(place.world, RELEASE);
      const decision = at(history.decisions, decided++);
      const said = { number, decision, actor: 'ann', reason: 'So be it.', at: new Date(BEGIN).toISOString() };
      await decide(place.world, RELEASE, said);
    }
    place.time.now += ((answer.seconds ?? 0) + at(history.lateSeconds, call)) * 1000;
  }
  throw new Error('it does not end');
}

test('whatever happens to a workflow, its canary ends, weights only ascend, and no step is promoted without its requests', async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { seed, rate, errorRate } = history;
      const place = await newPlace({
        seed,
        rate,
        challenger: { errorRate },
        options: { canary: CANARY, judge: JUDGE },
      });
      const answer = await live(place, history);
      ends.add(answer.next);
      const { steps } = await readCanary(place.store, place.release);
      const reached = weightsOf(place).filter((weight) => weight > 0);
      expect(reached).toEqual(CANARY.map(({ weight }) => weight).slice(0, steps.length));
      for (const { began, looks, ended, decision } of steps) {
        const numbers = looks.map(({ number }) => number);
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        expect(looks.length).toBeLessThanOrEqual(20);
        expect(looks.filter(({ judged }) => judged).length).toBeLessThanOrEqual(2);
        expect(looks.reduce((sum, { level }) => sum + level, 0)).toBeLessThanOrEqual(0.05 + 1e-9);
        const requests = looks.at(-1)!.live.challenger.requests;
        if (ended?.verdict === 'promote') expect(requests).toBeGreaterThanOrEqual(began!.needed);
        if (ended?.verdict === 'hold') expect(['approve', 'reject']).toContain(decision);
      }
      if (answer.next === 'live') {
        expect(steps.map(({ ended, decision }) => decision ?? ended?.verdict)).toEqual(
          steps.map(({ ended }) => (ended?.verdict === 'hold' ? 'approve' : 'promote')),
        );
        expect(steps.length).toBe(3);
      }
      const target = (await place.traffic.live())!;
      expect([target.challenger?.id, target.champion.id]).toEqual([
        target.weight > 0 ? CHALLENGER.id : undefined,
        CHAMPION.id,
      ]);
    }),
    { numRuns: 40, seed: 6 },
  );
  expect([...ends].sort()).toEqual(['live', 'roll back']);
}, 120_000);

test('whoever is killed at any write, before it or behind it, comes to the same end', async () => {
  const history = (deaths: History['deaths']): History => ({
    seed: 3,
    rate: 60,
    errorRate: 0,
    deaths,
    repeats: [0],
    lateSeconds: [0],
    decisions: ['reject'],
  });
  const canary = [
    { weight: 20, bake: '3s' },
    { weight: 80, bake: '2s' },
  ];
  const options = { canary, judge: { ...JUDGE, minimumRequests: 10, errorMargin: 0.3 } };
  const undisturbed = await newPlace({ seed: 3, rate: 60, options });
  const { store, writes } = mortal(undisturbed.store, []);
  await live({ ...undisturbed, worldOn: () => undisturbed.worldOn(store) }, history([]));
  const count = writes();
  expect(count).toBe(14);
  const ended = await readCanary(undisturbed.store, undisturbed.release);
  for (let write = 0; write < count; write++) {
    for (const done of [false, true]) {
      const place = await newPlace({ seed: 3, rate: 60, options });
      expect(await live(place, history([{ write, done }])), `killed at write ${write}`).toMatchObject({ next: 'live' });
      const verdicts = (await readCanary(place.store, place.release)).steps.map((step) => step.ended);
      expect(verdicts, `killed at write ${write}`).toEqual(ended.steps.map((step) => step.ended));
      expect(weightsOf(place)).toEqual([0, 20, 80]);
    }
  }
}, 120_000);
