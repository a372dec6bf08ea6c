import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { planKey } from '#core/release/evaluation/keys.ts';
import type { ShadowOptions } from '#core/release/options.ts';
import { runShadow } from '#core/release/shadow/run-shadow.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { readDocument, writeDocument } from '#core/release/store.ts';
import { decide, waitsOf } from '#core/release/waits.ts';
import { mortal, untilDone } from '../../batch/support/mortal.ts';
import { BEGIN, CHALLENGER, newPlace, type Place, type PlaceOptions, RELEASE } from '../canary/support/place.ts';

const PREDICTION = { kind: 'scores', output: 0, logits: false, classes: ['a', 'b', 'c'], named: true };

/** The answer whose largest score is that of the class. */
const answer = (index: number): string => {
  const data = [0, 1, 2].map((place) => (place === index ? 0.8 : 0.1));
  return JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 3], data }] });
};

/** A request is the number of its class, among other things that nobody is to read. */
const ask = (index: number): string => JSON.stringify({ secret: 'personal', class: index });
const classOf = (body: string): number => (JSON.parse(body) as { class: number }).class;

const recorded = (count: number, more: Partial<RecordedRequest> = {}): RecordedRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    at: BEGIN - 1_000_000 + index,
    version: 1,
    request: ask(index % 3),
    response: answer(index % 3),
    ms: 5 + (index % 7),
    ...more,
  }));

async function place(shadow: ShadowOptions | false, more: PlaceOptions & { plan?: object | null } = {}) {
  const { plan, ...options } = more;
  const at = await newPlace({
    recorded: recorded(50),
    challenger: { answer: (body) => answer(classOf(body)), ms: 8 },
    ...options,
    options: { shadow },
  });
  const evaluation = {
    task: 'classification',
    classes: PREDICTION.classes,
    challenger: { version: 2, prediction: PREDICTION },
  };
  const whole = { ...evaluation, champion: { version: 1, prediction: PREDICTION } };
  if (plan !== null) await at.store.put(planKey(RELEASE), Buffer.from(JSON.stringify(plan ?? whole)));
  return at;
}

/** As the workflow does it; waiting goes by the clock of the test. */
async function drive({ world, release, time }: Pick<Place, 'world' | 'release' | 'time'>) {
  const wait = async (ms: number) => {
    time.now += ms;
  };
  for (let calls = 1; calls < 100; calls++) {
    const { next, ...more } = await untilDone(() => runShadow(world, release, wait));
    if (next !== 'shadow') return { next, ...more, calls };
  }
  throw new Error('it does not end');
}

const documentOf = ({ store }: Place) => readDocument(store, RELEASE, 'shadow');

test('off, it goes on at once and leaves nothing', async () => {
  const at = await place(false);
  expect(await runShadow(at.world, at.release)).toEqual({ release: RELEASE, next: 'canary' });
  expect(await documentOf(at)).toBeUndefined();
});

describe('a challenger that says the same', () => {
  test('goes on, and the report tells of both', async () => {
    const at = await place({ requests: 40 });
    expect(await drive(at)).toMatchObject({ next: 'canary', calls: 1 });
    const document = await documentOf(at);
    expect(document).toMatchObject({
      verdict: 'promote',
      report: {
        wanted: 40,
        asked: 40,
        errors: 0,
        skipped: 0,
        gone: 0,
        rows: 40,
        disagreed: 0,
        churn: [],
        distance: { most: 0, mean: 0 },
        examples: [],
        latency: { champion: { requests: 40 }, challenger: { requests: 40 } },
      },
    });
    expect(document?.results.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'not applicable']);
    expect(document?.report?.disagreement).toMatchObject({ rate: 0, low: 0 });
    expect(document?.report?.disagreement.high).toBeCloseTo(0.0876, 3);
  });

  test('is asked the latest requests, past `live`, by the challenger’s own target', async () => {
    const at = await place({ requests: 10 });
    await drive(at);
    expect(at.traffic.asked.map(({ body }) => body)).toEqual(
      recorded(50)
        .slice(-10)
        .map(({ request }) => request),
    );
    expect(new Set(at.traffic.asked.map(({ target }) => target))).toEqual(new Set([CHALLENGER]));
    expect(at.traffic.splits.length).toBe(1);
  });

  test('is not asked again by a workflow that starts anew', async () => {
    const at = await place({ requests: 40 });
    await drive(at);
    expect(await runShadow(at.world, at.release)).toEqual({ release: RELEASE, next: 'canary' });
    expect(at.traffic.asked.length).toBe(40);
  });
});

describe('at its rate', () => {
  test('one call asks for half a minute, and the next ones for the rest', async () => {
    const at = await place({ requests: 50, rate: 1 });
    expect(await drive(at)).toMatchObject({ next: 'canary', calls: 2 });
    expect(at.traffic.asked.length).toBe(50);
    expect(at.time.now - BEGIN).toBe(29_000 + 19_000);
  });

  test('what takes longer than that is left for the next call', async () => {
    const at = await place({ requests: 50, rate: 10 });
    const ask = at.traffic.ask.bind(at.traffic);
    at.traffic.ask = (...question) => {
      at.time.now += 2000;
      return ask(...question);
    };
    expect(await drive(at)).toMatchObject({ next: 'canary', calls: 4 });
    expect(at.traffic.asked.length).toBe(50);
  });

  test('several are under way at once where there are many', async () => {
    const at = await place({ requests: 50, rate: 1000 });
    let [now, most] = [0, 0];
    at.traffic.ask = async (_target, _manifest, body) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return { status: 200, body: answer(classOf(body)), ms: 1 };
    };
    expect(await drive(at)).toMatchObject({ next: 'canary' });
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThanOrEqual(32);
  });

  test('killed at any write, it asks what it has not counted, and comes to the same', async () => {
    const undisturbed = await place({ requests: 50, rate: 1 });
    await drive(undisturbed);
    const { at: _, ...expected } = (await documentOf(undisturbed))!;
    for (const done of [false, true]) {
      for (let write = 0; write < 4; write++) {
        const at = await place({ requests: 50, rate: 1 });
        const { store } = mortal(at.store, [{ write, done }]);
        expect(await drive({ ...at, world: at.worldOn(store) })).toMatchObject({ next: 'canary' });
        const asked = [50, done ? 50 : 80, done ? 50 : 70, 50][write];
        expect(at.traffic.asked.length, `killed at write ${write}, ${done}`).toBe(asked);
        const found = (await documentOf(at))!;
        expect([found.verdict, found.results.slice(0, 3), found.report?.churn]).toEqual([
          expected.verdict,
          expected.results.slice(0, 3),
          expected.report?.churn,
        ]);
      }
    }
  });
});

describe('a challenger that says something else', () => {
  const other = (share: number) => ({
    challenger: {
      answer: (() => {
        let count = 0;
        return (body: string) => answer(count++ % 100 < share * 100 ? (classOf(body) + 1) % 3 : classOf(body));
      })(),
    },
    recorded: recorded(200),
  });

  test('of too much is rolled back, and the report has positions and classes alone', async () => {
    const at = await place({}, other(0.2));
    const found = await drive(at);
    expect(found).toMatchObject({ next: 'roll back', state: 'rejected' });
    expect(found.reason).toMatch(
      /^Shadow: 40 of 200 predictions put into another class \(20 %, 95 % interval 15 % to 26.1 %\)/,
    );
    const { report } = (await documentOf(at))!;
    expect(report?.churn).toEqual([
      { from: 'a', to: 'b', rows: 13 },
      { from: 'b', to: 'c', rows: 14 },
      { from: 'c', to: 'a', rows: 13 },
    ]);
    expect(report?.classes).toEqual([
      { class: 'a', rows: 67, changed: 13 },
      { class: 'b', rows: 67, changed: 14 },
      { class: 'c', rows: 66, changed: 13 },
    ]);
    expect(report?.examples.length).toBe(20);
    expect(report?.examples[0]).toEqual({ position: 0, at: BEGIN - 1_000_000, row: 0, from: 'a', to: 'b' });
    expect(report?.distance.most).toBeCloseTo(0.7, 6);
    for (const key of at.store.keys.filter((key) => key.includes('shadow'))) {
      expect(Buffer.from((await at.store.get(key))!.bytes).toString()).not.toMatch(/personal|outputs/);
    }
  });

  test('a little over the limit, but not for sure, goes on with its numbers', async () => {
    const at = await place({}, other(0.06));
    expect(await drive(at)).toMatchObject({ next: 'canary' });
    expect((await documentOf(at))?.results[2]).toMatchObject({ verdict: 'pass', numbers: { disagreed: 12 } });
  });

  test('as much as its limit allows goes on', async () => {
    const at = await place({ disagreement: 0.5 }, other(0.4));
    expect(await drive(at)).toMatchObject({ next: 'canary' });
  });
});

describe('a challenger that cannot answer', () => {
  test.each([
    ['crashes', { crashes: true }, /it crashed, or could not be reached/],
    ['answers 500', { errorRate: 1 }, /status 500/],
    ['answers nonsense', { answer: () => 'nonsense' }, /lacks the prediction/],
    ['answers other rows', { answer: () => answer(0).replace('[1,3]', '[0,3]') }, /lacks the prediction/],
  ])('as it %s is rolled back after the first chunk', async (_, challenger, reason) => {
    const at = await place({ requests: 50, rate: 1 }, { challenger });
    const found = await drive(at);
    expect(found).toMatchObject({ next: 'roll back', state: 'rejected', calls: 1 });
    expect(found.reason).toMatch(reason);
    expect(at.traffic.asked.length).toBe(30);
  });

  test.each([429, 503])('for a moment (%i) is asked once more', async (status) => {
    const at = await place({ requests: 20 });
    const ask = at.traffic.ask.bind(at.traffic);
    let busy = false;
    at.traffic.ask = async (...question) => {
      busy = !busy;
      return busy ? { status, body: '', ms: 1 } : ask(...question);
    };
    expect(await drive(at)).toMatchObject({ next: 'canary' });
  });
});

describe('where there is too little', () => {
  const decision = (said: 'approve' | 'reject') =>
    ({ number: 1, decision: said, actor: 'ann', reason: 'I looked.', at: new Date(BEGIN).toISOString() }) as const;

  test.each([
    ['fewer requests than asked for', {}, /50 of 200 recorded requests were asked/, 50],
    ['none', { recorded: [] }, /0 of 200 recorded requests/, 0],
    ['none of the champion', { recorded: recorded(300, { version: 9 }) }, /0 of 200/, 0],
    [
      'answers without the prediction',
      { recorded: recorded(300, { response: '{"outputs":[]}' }) },
      /200 answers held no prediction/,
      0,
    ],
    ['no evaluation', { plan: null }, /nobody knows which output/, 0],
    [
      'a champion that was not evaluated',
      { plan: { task: 'classification', classes: [], challenger: { version: 2 } } },
      /has not compared model:1/,
      0,
    ],
  ])('as %s it holds', async (_, more, reason, asked) => {
    const at = await place({ rate: 1000 }, more);
    const found = await drive(at);
    expect(found).toMatchObject({ next: 'wait', reason: expect.stringMatching(reason) });
    expect(at.traffic.asked.length).toBe(asked);
    expect((await waitsOf(at.world, RELEASE)).map(({ wait }) => [wait.of, wait.kind])).toEqual([['shadow', 'hold']]);
  });

  test('it goes on once somebody approves', async () => {
    const at = await place({});
    await drive(at);
    await decide(at.world, RELEASE, decision('approve'));
    expect(await drive(at)).toMatchObject({ next: 'canary' });
  });

  test('it is rejected once somebody rejects', async () => {
    const at = await place({});
    await drive(at);
    await decide(at.world, RELEASE, decision('reject'));
    expect(await drive(at)).toMatchObject({ next: 'roll back', state: 'rejected', reason: 'I looked.' });
  });

  test('harm in the few is harm', async () => {
    const at = await place({}, { recorded: recorded(20), challenger: { answer: () => answer(1) } });
    expect(await drive(at)).toMatchObject({ next: 'roll back' });
  });

  test('a recording that is not there is none, and another failure is one', async () => {
    const at = await place({});
    const failing = (code: string) => ({
      ...at.world,
      // eslint-disable-next-line require-yield
      recorded: async function* (): AsyncGenerator<RecordedRequest> {
        throw new OnnwardError('no', { code, kind: 'not-found' });
      },
    });
    await expect(drive({ ...at, world: failing('recording.invalid') })).rejects.toMatchObject({
      code: 'recording.invalid',
    });
    expect(await drive({ ...at, world: failing('recording.not_found') })).toMatchObject({ next: 'wait' });
  });

  test('requests that go out of the recording meanwhile are counted as gone', async () => {
    const at = await place({ requests: 50, rate: 1 });
    await runShadow(at.world, at.release, async (ms) => void (at.time.now += ms));
    const world = {
      ...at.world,
      recorded: async function* () {
        yield* recorded(50).slice(-10);
      },
    };
    expect(await drive({ ...at, world })).toMatchObject({ next: 'wait' });
    expect((await documentOf(at))?.report).toMatchObject({ asked: 40, gone: 10 });
  });
});

test('without a champion it does not apply, and goes on', async () => {
  const at = await place({}, { first: true });
  expect(await drive(at)).toMatchObject({ next: 'canary' });
  expect((await documentOf(at))?.results).toMatchObject([{ verdict: 'not applicable' }]);
});

test('the same version as the champion, with new code, is compared by its own plan', async () => {
  const plan = {
    task: 'classification',
    classes: PREDICTION.classes,
    challenger: { version: 1, prediction: PREDICTION },
  };
  const at = await place({ requests: 20 }, { plan, release: { version: 1 } });
  expect(await drive(at)).toMatchObject({ next: 'canary' });
});

test('a regression is compared by its values', async () => {
  const value = (y: number) => JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [y] }] });
  const prediction = { kind: 'value', output: 0, logits: false, classes: [], named: false };
  const plan = {
    task: 'regression',
    classes: [],
    challenger: { version: 2, prediction },
    champion: { version: 1, prediction },
  };
  const requests = recorded(60).map((request) => ({ ...request, response: value(10) }));
  let count = 0;
  const challenger = { answer: () => value(count++ % 2 === 0 ? 10.1 : 12) };
  const at = await place({ requests: 60 }, { plan, recorded: requests, challenger });
  expect(await drive(at)).toMatchObject({
    next: 'roll back',
    reason: expect.stringContaining('30 of 60 predictions differ by more than 5 %'),
  });
  expect((await documentOf(at))?.report).toMatchObject({ task: 'regression', churn: [], classes: [] });
});

test.each(['abort', 'roll-back'] as const)('after %s nothing is asked', async (name) => {
  const at = await place({});
  const document = { at: '', actor: '', reason: '', by: 'person', state: 'failed', moved: false };
  await writeDocument(at.store, RELEASE, name, document as never);
  expect(await runShadow(at.world, at.release)).toEqual({ release: RELEASE, next: 'roll back' });
  expect(at.traffic.asked).toEqual([]);
});
