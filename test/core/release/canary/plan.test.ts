import { describe, expect, test } from 'vitest';
import { Latencies } from '#core/monitoring/latencies.ts';
import type { LookDocument, ObservationJson, StepBegan, StepEnded } from '#core/release/canary/documents.ts';
import { conclusionOf, isJudged, nextMove } from '#core/release/canary/plan.ts';
import type { CanaryRecords, StepRecords } from '#core/release/canary/records.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import type { GateResult, GateVerdict } from '#core/release/result.ts';

const AT = '2026-03-01T12:00:00.000Z';
const STEP: StepBegan = { at: AT, weight: 5, bakeSeconds: 600, extensionSeconds: 300, needed: 400 };
const OPTIONS: ReleaseOptions = {
  canary: [
    { weight: 5, bake: '10m', minimumRequests: 400 },
    { weight: 50, bake: '1h' },
  ],
  judge: { extension: '5m', errorMargin: 0.1 },
};
const CANARY = { at: AT, applicable: true, reason: 'The champion is live.', steps: 2, alarms: [] };

const side = (requests: number) => ({
  requests,
  errors: 0,
  refused: 0,
  coldStarts: 0,
  labelled: 0,
  correct: 0,
  latencies: new Latencies().toJSON(),
});
const seen = (requests: number): ObservationJson => ({ champion: side(9 * requests), challenger: side(requests) });

const result = (verdict: GateVerdict): GateResult => ({
  name: verdict,
  verdict,
  sentence: `This is ${verdict}.`,
  numbers: {},
});

const look = (seconds: number, more: Partial<LookDocument> = {}): LookDocument => ({
  number: 1,
  at: AT,
  seconds,
  level: 0.01,
  judged: false,
  live: seen(500),
  results: [result('pass')],
  ...more,
});

const ended = (verdict: StepEnded['verdict']): StepEnded => ({
  at: AT,
  verdict,
  reason: `Because of ${verdict}.`,
  looks: 1,
  seconds: 600,
  results: [],
});

const records = (...steps: readonly Partial<StepRecords>[]): CanaryRecords => ({
  began: CANARY,
  steps: steps.map((step) => ({ began: STEP, looks: [], ...step })),
});

/** `seconds` after the step began. */
const next = (found: CanaryRecords, seconds = 0, lagSeconds = 0, options = OPTIONS) =>
  nextMove(options, found, { now: Date.parse(AT) + seconds * 1000, lagSeconds });

describe('what a canary does next', () => {
  test('it begins, and where it does not apply it is over', () => {
    expect(next({ steps: [] })).toEqual({ do: 'open' });
    expect(next({ began: { ...CANARY, applicable: false }, steps: [] })).toEqual({ do: 'go live' });
  });

  test('its first step, in seconds and requests', () => {
    expect(next({ began: CANARY, steps: [] })).toEqual({
      do: 'begin',
      step: 0,
      plan: { weight: 5, bakeSeconds: 600, extensionSeconds: 300, needed: 400 },
    });
  });

  test('its next step, of which the extension is as long as the bake where nobody says, and the margin tells the requests', () => {
    const options = { ...OPTIONS, judge: {} };
    const plan = { weight: 50, bakeSeconds: 3600, extensionSeconds: 3600, needed: 382 };
    expect(next(records({ ended: ended('promote') }), 0, 0, options)).toEqual({ do: 'begin', step: 1, plan });
  });

  test('after its last step it goes live', () => {
    expect(next(records({ ended: ended('promote') }, { ended: ended('promote') }))).toEqual({ do: 'go live' });
  });

  test('a step that does harm rolls back', () => {
    const move = { do: 'roll back', state: 'rolled back', reason: 'Because of reject.' };
    expect(next(records({ ended: ended('promote') }, { ended: ended('reject') }))).toEqual(move);
  });

  describe('a step that is held', () => {
    const held = { ended: ended('hold') };

    test('waits for a person', () => {
      expect(next(records(held))).toEqual({ do: 'hold', step: 0, reason: 'Because of hold.' });
    });

    test('goes on with the next one once it is approved, or goes live', () => {
      const approved = { ...held, decision: 'approve' } as const;
      expect(next(records(approved))).toMatchObject({ do: 'begin', step: 1 });
      expect(next(records({ ended: ended('promote') }, approved))).toEqual({ do: 'go live' });
    });

    test('is rejected for the reason that the person gave', () => {
      const rejected = { ...held, decision: 'reject', reason: 'Not now.' } as const;
      expect(next(records(rejected))).toEqual({ do: 'roll back', state: 'rejected', reason: 'Not now.' });
    });
  });

  describe('a bake goes on until the next look', () => {
    test.each([
      ['from the start', [], 0, 0, 60],
      ['that is late by what observations are', [], 0, 45, 105],
      ['in whole seconds', [], 59.4, 0, 1],
      ['after an earlier one', [look(120)], 130, 0, 50],
      ['in the extension', [look(600)], 601, 0, 29],
      ['one second at least', [], 59.9999, 0, 1],
    ])('%s', (_, looks, seconds, lag, left) => {
      expect(next(records({ looks }), seconds, lag)).toEqual({ do: 'bake', seconds: left });
    });
  });

  describe('a look that it is time for', () => {
    test.each([
      ['the first', [], 60, 0, 60],
      ['once observations are whole', [], 105, 45, 60],
      ['the latest, after a while away', [], 400, 0, 360],
      ['the end of the bake, after a long time away: it is judged over its own time', [], 86_400, 0, 600],
      ['then the end of the extension', [look(600)], 86_400, 0, 900],
      ['the next one', [look(60)], 121, 0, 120],
    ])('%s', (_, looks, now, lag, seconds) => {
      const number = looks.length + 1;
      expect(next(records({ looks }), now, lag)).toMatchObject({ do: 'look', step: 0, look: { number, seconds } });
    });

    test('takes the share of alpha since the last one', () => {
      const spent = (t: number) => 0.05 * Math.log(1 + (Math.E - 1) * t);
      const move = next(records({ looks: [look(120)] }), 190);
      expect(move).toMatchObject({ look: { seconds: 180, level: spent(180 / 900) - spent(120 / 900) } });
    });
  });

  test('a look that ends the step is followed by its end, also after a kill in between', () => {
    const looks = [look(60, { results: [result('fail')] })];
    expect(next(records({ looks }), 61)).toMatchObject({ do: 'end', step: 0, ended: { verdict: 'reject', looks: 1 } });
  });
});

describe('a verdict is due', () => {
  const due = (looks: readonly LookDocument[], seconds: number, requests: number, golden?: number) =>
    isJudged(STEP, looks, { seconds, live: seen(requests), ...(golden !== undefined && { golden: seen(golden) }) });
  const judged = look(600, { judged: true });

  test.each([
    ['not before the bake is over', [], 540, 1000, false],
    ['at its end', [], 600, 400, true],
    ['not without the requests', [], 600, 399, false],
    ['as soon as they are there', [look(600)], 660, 400, true],
    ['not again until the extension is over', [judged], 660, 1000, false],
    ['once more then', [judged], 900, 1000, true],
    ['but not without the requests', [look(600)], 900, 399, false],
  ])('%s', (_, looks, seconds, requests, is) => {
    expect(due(looks, seconds, requests)).toBe(is);
  });

  test('golden questions stand for requests', () => {
    expect(due([], 600, 399, 1)).toBe(true);
    expect(due([], 600, 100, 299)).toBe(false);
  });
});

describe('a look ends a step', () => {
  const verdict = (document: LookDocument) => conclusionOf(STEP, document)?.verdict;

  test.each([
    ['with harm, whenever', look(60, { results: [result('pass'), result('fail')] }), 'reject'],
    [
      'with harm, also where much is not sure',
      look(60, { results: [result('inconclusive'), result('fail')] }),
      'reject',
    ],
    ['not with passing alone, before the end', look(540), undefined],
    ['with passing when it is due', look(600, { judged: true }), 'promote'],
    ['not with passing where it is not due', look(600, { live: seen(10) }), undefined],
    [
      'not with what is not sure, as there is an extension',
      look(600, { judged: true, results: [result('inconclusive')] }),
      undefined,
    ],
    [
      'on hold where nothing is sure in the end',
      look(900, { judged: true, results: [result('inconclusive')] }),
      'hold',
    ],
    ['on hold for want of requests, also where all passes', look(900, { live: seen(10) }), 'hold'],
    [
      'with what does not apply left out',
      look(900, { judged: true, results: [result('pass'), result('not applicable')] }),
      'promote',
    ],
    ['on hold where nothing applies', look(900, { judged: true, results: [result('not applicable')] }), 'hold'],
  ])('%s', (_, document, expected) => {
    expect(verdict(document)).toBe(expected);
  });

  test('with a sentence that says why', () => {
    const results = [result('pass'), result('inconclusive'), result('fail')];
    expect(conclusionOf(STEP, look(60, { results }))?.reason).toBe(
      'At 5 % of the traffic, after 60 seconds, the challenger does harm. This is fail.',
    );
    expect(conclusionOf(STEP, look(900, { judged: true, results: results.slice(0, 2) }))?.reason).toBe(
      'At 5 % of the traffic, after 900 seconds, nothing is sure. This is inconclusive.',
    );
    expect(conclusionOf(STEP, look(900, { live: seen(52) }))?.reason).toBe(
      'At 5 % of the traffic, after 900 seconds, 52 of 400 requests that it takes to judge the challenger.',
    );
    expect(conclusionOf(STEP, look(600, { judged: true }))?.reason).toBe(
      'At 5 % of the traffic, after 600 seconds: within all limits, in 500 requests of the challenger.',
    );
  });
});
