import { describe, expect, test } from 'vitest';
import { runCanary } from '#core/release/canary/run-canary.ts';
import { readCanary } from '#core/release/canary/records.ts';
import { readDocument, writeDocument } from '#core/release/store.ts';
import { decide, waitsOf } from '#core/release/waits.ts';
import { watched } from '../../../support/stores.ts';
import { drive, stepsOf, weightsOf } from './support/drive.ts';
import { BEGIN, CHALLENGER, CHAMPION, newPlace, type Place, type PlaceOptions, RELEASE } from './support/place.ts';

const CANARY = [
  { weight: 10, bake: '10m' },
  { weight: 50, bake: '10m' },
];

const place = (more: PlaceOptions = {}) => newPlace({ options: { canary: CANARY }, ...more });

const decideOn = ({ store }: Place, decision: 'approve' | 'reject', number = 1) =>
  decide({ store }, RELEASE, {
    number,
    decision,
    actor: 'ann',
    reason: 'I looked at it.',
    at: new Date(BEGIN).toISOString(),
  });

describe('an equal challenger', () => {
  test('goes live by its steps, each of its time', async () => {
    const at = await place();
    expect(await drive(at)).toEqual({ release: RELEASE, next: 'live' });
    expect(weightsOf(at)).toEqual([0, 10, 50]);
    expect(await stepsOf(at)).toEqual([
      { weight: 10, verdict: 'promote', seconds: 600, looks: 10, requests: expect.any(Number) },
      { weight: 50, verdict: 'promote', seconds: 600, looks: 10, requests: expect.any(Number) },
    ]);
    expect(at.time.now - BEGIN).toBe(1_200_000);
  });

  test('the registry says what traffic does', async () => {
    const at = await place();
    await runCanary(at.world, at.release);
    expect(await at.registry.alias('model', 'live')).toMatchObject({
      version: 1,
      target: CHAMPION.id,
      challenger: 2,
      challengerTarget: CHALLENGER.id,
      weight: 10,
      release: RELEASE,
    });
  });

  test('goes live again when it is asked again, and no traffic moves', async () => {
    const at = await place();
    await drive(at);
    await at.traffic.shift({ champion: CHALLENGER, weight: 0 }, '3', RELEASE);
    expect(await runCanary(at.world, at.release)).toEqual({ release: RELEASE, next: 'live' });
    expect(weightsOf(at)).toEqual([0, 10, 50, 0]);
  });

  test('waits for observations to be whole', async () => {
    const at = await place({ lagSeconds: 90 });
    expect(await runCanary(at.world, at.release)).toEqual({ release: RELEASE, next: 'bake', seconds: 150 });
    expect(await drive(at)).toEqual({ release: RELEASE, next: 'live' });
    expect(at.time.now - BEGIN).toBe(2 * 690_000);
  });

  test('that was left alone for a day is judged over the time of its bake', async () => {
    const at = await place();
    await runCanary(at.world, at.release);
    at.time.now += 86_400_000;
    await runCanary(at.world, at.release);
    const [first] = (await readCanary(at.store, at.release)).steps;
    expect(first?.looks.map(({ seconds }) => seconds)).toEqual([600]);
    expect(first?.ended?.verdict).toBe('promote');
    expect(weightsOf(at)).toEqual([0, 10, 50]);
  });
});

describe('where a canary does not apply', () => {
  test.each([
    ['nothing is live', { first: true }, /nothing is live/],
    ['the options have none', { options: {} }, /no canary/],
    ['its list is empty', { options: { canary: [] } }, /no canary/],
  ])('as %s, it goes live at once and says so', async (_, more, reason) => {
    const at = await place(more);
    expect(await runCanary(at.world, at.release)).toEqual({ release: RELEASE, next: 'live' });
    const document = await readDocument(at.store, RELEASE, 'canary');
    expect(document).toMatchObject({ applicable: false, reason: expect.stringMatching(reason) });
    expect(at.traffic.splits.length).toBeLessThanOrEqual(1);
  });
});

describe('a challenger that does harm', () => {
  test.each([
    ['fails', { challenger: { errorRate: 0.5 } }, 'error rate of the challenger', 60],
    ['fails now and then', { challenger: { errorRate: 0.15 } }, 'error rate of the challenger', 60],
    ['is slow', { challenger: { ms: 100 } }, 'latency of the challenger, p50', 60],
    [
      'is wrong',
      { champion: { labelled: 0.5 }, challenger: { labelled: 0.5, accuracy: 0.3 } },
      'accuracy of the challenger by feedback',
      60,
    ],
    [
      'is slow once in a while',
      { champion: { spread: 0.1 }, challenger: { spread: 1.5 }, rate: 200 },
      'latency of the challenger, p99',
      120,
    ],
  ])('as it %s is rolled back by the first looks', async (_, more, name, seconds) => {
    const at = await place(more);
    const answer = await drive(at);
    expect(answer).toMatchObject({ next: 'roll back', state: 'rolled back' });
    const [step] = (await readCanary(at.store, at.release)).steps;
    const failed = step?.ended?.results.filter(({ verdict }) => verdict === 'fail');
    expect(failed?.map((result) => result.name)).toContain(name);
    expect(answer.reason).toContain(failed?.[0]?.sentence);
    expect(step?.ended?.seconds).toBeLessThanOrEqual(seconds);
    expect(weightsOf(at)).toEqual([0, 10]);
  });

  test('is told again when it is asked again', async () => {
    const at = await place({ challenger: { errorRate: 1 } });
    const answer = await drive(at);
    expect(await runCanary(at.world, at.release)).toEqual(answer);
  });
});

describe('alarms', () => {
  test('that are raised in the bake roll it back', async () => {
    const at = await place();
    await runCanary(at.world, at.release);
    at.traffic.raised = ['onnward-model-errors'];
    at.time.now += 60_000;
    expect(await runCanary(at.world, at.release)).toMatchObject({
      next: 'roll back',
      state: 'rolled back',
      reason: expect.stringContaining('Raised since the canary began: onnward-model-errors.'),
    });
  });

  test('that were raised before are not the doing of the challenger', async () => {
    const at = await place();
    at.traffic.raised = ['onnward-model-latency'];
    expect(await drive(at)).toMatchObject({ next: 'live' });
  });
});

describe('too little traffic', () => {
  const quiet: PlaceOptions = {
    seed: 2,
    rate: 1,
    options: { canary: CANARY, judge: { minimumRequests: 100, errorMargin: 0.1 } },
  };

  test('extends the bake until the requests are there', async () => {
    const at = await place(quiet);
    expect(await drive(at)).toMatchObject({ next: 'live' });
    const [first, second] = await stepsOf(at);
    expect(first).toMatchObject({ verdict: 'promote' });
    expect(first?.seconds).toBeGreaterThan(600);
    expect(first?.requests).toBeGreaterThanOrEqual(100);
    expect(second).toMatchObject({ verdict: 'promote', seconds: 600 });
  });

  test('that stays so holds with all traffic at the champion, and says how many there were', async () => {
    const at = await place({ ...quiet, rate: 0.2 });
    const answer = await drive(at);
    expect(answer).toMatchObject({
      next: 'wait',
      reason: expect.stringMatching(/after 1200 seconds, \d+ of 100 requests/),
    });
    expect(await at.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
    expect((await waitsOf(at.world, RELEASE)).map(({ wait }) => [wait.of, wait.kind])).toEqual([['canary-0', 'hold']]);
    expect(await runCanary(at.world, at.release)).toEqual(answer);
    expect(weightsOf(at)).toEqual([0, 10, 0]);
  });

  test('goes on with the next step once somebody approves, and holds that one on its own', async () => {
    const at = await place({ ...quiet, rate: 0.02 });
    await drive(at);
    await decideOn(at, 'approve');
    expect(await drive(at)).toMatchObject({ next: 'wait' });
    expect(weightsOf(at)).toEqual([0, 10, 0, 50, 0]);
    await decideOn(at, 'approve', 2);
    expect(await drive(at)).toEqual({ release: RELEASE, next: 'live' });
    expect(weightsOf(at)).toEqual([0, 10, 0, 50, 0]);
  });

  test('is rolled back once somebody rejects', async () => {
    const at = await place({ ...quiet, rate: 0.02 });
    await drive(at);
    await decideOn(at, 'reject');
    expect(await drive(at)).toEqual({
      release: RELEASE,
      next: 'roll back',
      state: 'rejected',
      reason: 'I looked at it.',
    });
  });
});

test('what cannot be told holds with the numbers', async () => {
  const errors = { errorRate: 0.05 };
  const at = await place({ champion: errors, challenger: errors, options: { canary: [{ weight: 10, bake: '10m' }] } });
  const answer = await drive(at);
  expect(answer).toMatchObject({
    next: 'wait',
    reason: expect.stringMatching(/nothing is sure\. The challenger failed \d+ of/),
  });
  const [step] = (await readCanary(at.store, at.release)).steps;
  expect(step?.looks.filter(({ judged }) => judged).map(({ seconds }) => seconds)).toEqual([600, 1200]);
});

describe('golden traffic', () => {
  const golden = [
    {
      inputs: [
        {
          name: 'x',
          datatype: 'FP32' as const,
          shape: [1, 4],
          raw: Buffer.from(new Float32Array([1, 2, 3, 4]).buffer).toString('base64'),
        },
      ],
      outputs: [],
    },
  ];
  const asked: PlaceOptions = {
    rate: 0.5,
    draft: { golden },
    options: { canary: [CANARY[0]!], judge: { goldenTraffic: true, errorMargin: 0.1 } },
  };

  test('stands in for requests at the end of the bake, of both sides, and is told apart', async () => {
    const at = await place(asked);
    expect(await drive(at)).toMatchObject({ next: 'live' });
    const [step] = (await readCanary(at.store, at.release)).steps;
    const last = step!.looks.at(-1)!;
    expect(step!.looks.slice(0, -1).every((look) => look.golden === undefined)).toBe(true);
    const missing = 100 - last.live.challenger.requests;
    expect(missing).toBeGreaterThan(30);
    expect([last.golden?.champion.requests, last.golden?.challenger.requests]).toEqual([missing, missing]);
    expect(at.traffic.asked.length).toBe(2 * missing);
    expect(at.traffic.asked[0]).toEqual({
      target: CHAMPION,
      body: '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}',
    });
    const sentences = step!.ended!.results.filter(({ name }) => /error|p50/.test(name)).map(({ sentence }) => sentence);
    for (const sentence of sentences)
      expect(sentence).toContain(`With ${missing} golden questions in place of requests: `);
  });

  test.each([
    ['crashes', { crashes: true }],
    ['fails', { errorRate: 0.9 }],
  ])('finds a challenger that %s, with no live request at all', async (_, challenger) => {
    const at = await place({ ...asked, rate: 0, challenger });
    expect(await drive(at)).toMatchObject({ next: 'roll back', state: 'rolled back' });
  });

  test.each([
    ['nobody asks for it', { ...asked, options: { canary: [CANARY[0]!], judge: { errorMargin: 0.1 } } }],
    ['nothing golden is recorded', { ...asked, draft: {} }],
    ['clients of both send something else', { ...asked, release: { allowBreaking: true } }],
  ])('stays away where %s', async (_, more) => {
    const at = await place(more);
    expect(await drive(at)).toMatchObject({ next: 'wait' });
    expect(at.traffic.asked).toEqual([]);
  });

  test('goes on where a look ran out of time', async () => {
    const at = await place(asked);
    // Each question takes a second of the clock.
    const ask = at.traffic.ask.bind(at.traffic);
    at.traffic.ask = (...question) => {
      at.time.now += 1000;
      return ask(...question);
    };
    expect(await drive(at)).toMatchObject({ next: 'live' });
    const [step] = (await readCanary(at.store, at.release)).steps;
    const counts = step!.looks.flatMap((look) => look.golden?.challenger.requests ?? []);
    expect(counts.length).toBeGreaterThan(1);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[0]).toBe(23);
  });
});

describe('a release that is over sends nothing to its challenger any more', () => {
  const abort = { at: new Date(BEGIN).toISOString(), actor: 'ann', reason: 'no', by: 'person' } as const;

  test('aborted before the next call', async () => {
    const at = await place();
    await runCanary(at.world, at.release);
    await writeDocument(at.store, RELEASE, 'abort', abort);
    at.time.now += 60_000;
    expect(await runCanary(at.world, at.release)).toEqual({ release: RELEASE, next: 'roll back' });
    expect((await readCanary(at.store, at.release)).steps[0]?.looks).toEqual([]);
  });

  test('aborted while traffic is moved', async () => {
    const at = await place();
    const store = watched(at.store, async (verb, key) => {
      if (verb === 'put' && key.includes('/aliases/')) await writeDocument(at.store, RELEASE, 'abort', abort);
    });
    expect(await runCanary(at.worldOn(store), at.release)).toEqual({ release: RELEASE, next: 'roll back' });
    expect(await at.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
  });

  test('rolled back already', async () => {
    const at = await place();
    const document = { at: abort.at, state: 'failed', reason: 'no', moved: false } as const;
    await writeDocument(at.store, RELEASE, 'roll-back', document);
    expect(await runCanary(at.world, at.release)).toEqual({ release: RELEASE, next: 'roll back' });
    expect(weightsOf(at)).toEqual([0]);
  });

  test('traffic that somebody else has moved is an error, and stays as it is', async () => {
    const at = await place();
    await runCanary(at.world, at.release);
    await at.traffic.shift({ champion: { version: 7, id: 'function-7' }, weight: 0 }, '2', 'by hand');
    at.time.now += 60_000;
    await expect(runCanary(at.world, at.release)).rejects.toMatchObject({ code: 'release.traffic_moved' });
    expect(await at.traffic.live()).toMatchObject({ champion: { id: 'function-7' } });
  });
});
