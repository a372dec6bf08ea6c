import { describe, expect, test } from 'vitest';
import { encode } from '#core/documents.ts';
import type { LookDocument } from '#core/release/canary/documents.ts';
import { documentKey } from '#core/release/keys.ts';
import type { GateResult } from '#core/release/result.ts';
import { isUnasked, stepLines } from '../../bin/cli/release-canary-lines.ts';
import { newDocuments } from '../../bin/cli/release-found.ts';
import { beginning, linesOf } from '../../bin/cli/release-lines.ts';
import { counted, line, minute, resultLines, withoutSentences } from '../../bin/cli/release-words.ts';
import { MemoryStore } from '../support/memory-store.ts';

const ID = 'digits-r1';

async function storeOf(documents: Readonly<Record<string, object>>): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const [name, document] of Object.entries(documents)) await store.put(documentKey(ID, name), encode(document));
  return store;
}

const result = (verdict: GateResult['verdict'], sentence: string): GateResult => ({
  name: sentence,
  verdict,
  sentence,
  numbers: {},
});

describe('what a release has recorded is told', () => {
  const wait = (number: number, of: string) => ({ number, of, kind: 'hold', reason: 'r', at: '', expires: '' });
  const answer = (number: number) => ({ number, decision: 'approve', actor: 'ada', reason: 'fine' });
  const DOCUMENTS = {
    end: {},
    live: {},
    'canary/1/ended': {},
    'canary/1/looks/1': {},
    'canary/1/began': {},
    'canary/0/ended': {},
    'canary/0/looks/1': {},
    'canary/0/looks/9': {},
    'canary/0/looks/10': {},
    'canary/0/began': {},
    canary: {},
    'waits/1': wait(1, 'gates'),
    'decisions/1': answer(1),
    'waits/2': wait(2, 'canary-0'),
    'decisions/2': answer(2),
    'warm-up': {},
    publish: {},
    gates: {},
    evaluation: {},
    verify: {},
  };

  test('in the order in which it came about, whatever the order of its keys; of looks at once the last', async () => {
    const found = await newDocuments(await storeOf(DOCUMENTS), ID, new Set());
    expect(found.map(({ path }) => path.replace('.json', ''))).toEqual([
      'verify',
      'evaluation',
      'gates',
      'waits/1',
      'decisions/1',
      'publish',
      'warm-up',
      'canary',
      'canary/0/began',
      'canary/0/looks/10',
      'canary/0/ended',
      'waits/2',
      'decisions/2',
      'canary/1/began',
      'canary/1/looks/1',
      'canary/1/ended',
      'live',
      'end',
    ]);
  });

  test('once, and then only what is new', async () => {
    const store = await storeOf({ verify: {}, 'canary/0/looks/1': {}, 'canary/0/looks/2': {} });
    const told = new Set<string>();
    await newDocuments(store, ID, told);
    expect(await newDocuments(store, ID, told)).toEqual([]);
    await store.put(documentKey(ID, 'canary/0/looks/3'), encode({ number: 3 }));
    expect(await newDocuments(store, ID, told)).toMatchObject([{ document: { number: 3 } }]);
  });

  test('and nothing of another release, or of what is no document of a state', async () => {
    const store = await storeOf({ 'evaluation/plan': {}, 'traffic/3/server': {} });
    await store.put(documentKey('digits-r11', 'verify'), encode({}));
    expect(await newDocuments(store, ID, new Set())).toEqual([]);
  });
});

const told = (step: string, document: object): string[] =>
  linesOf({ step: step as never, path: `${step}.json`, document });

describe('a line', () => {
  const release = { release: ID, model: 'digits', version: 2 };

  test.each([
    [{}, 'digits-r1  digits:2, the first to go live'],
    [{ champion: 1 }, 'digits-r1  digits:2, against version 1, which is live'],
    [{ champion: 2 }, 'digits-r1  digits:2, which is live'],
  ])('begins with what is released: %o', (more, expected) => {
    expect(beginning({ ...release, ...more } as never)).toBe(expected);
  });

  test.each<[string, object, string[]]>([
    ['publish', { target: { version: 2, id: '2' } }, ['  publish     version 2, the first to go live']],
    [
      'publish',
      { target: { version: 2, id: '7' }, champion: { version: 1, id: '5' } },
      ['  publish     version 7 of the function'],
    ],
    ['warm-up', { compared: 1, skipped: 0 }, ['  warm up     1 golden answer is as recorded']],
    ['warm-up', { compared: 3, skipped: 2 }, ['  warm up     3 golden answers are as recorded, 2 too large to ask']],
    ['canary', { applicable: false, reason: 'Nothing is live.' }, ['  canary      Nothing is live.']],
    ['canary', { applicable: true, reason: 'The champion is live.' }, []],
    ['decisions/', { decision: 'reject', actor: 'ada', reason: 'odd' }, ['  reject      by ada: odd']],
    ['abort', { actor: 'alarm x', reason: 'errors' }, ['  abort       by alarm x: errors']],
    [
      'waits/',
      { kind: 'approval', expires: '2026-11-29T23:54:16.960Z' },
      ['  approval    Nothing is sent to it until a person says so, by 2026-11-29 23:54 UTC at the latest.'],
    ],
    ['roll-back', {}, ['  roll back   nothing was sent to it']],
    ['roll-back', { to: { version: 1 } }, ['  roll back   version 1 answers all requests']],
    [
      'live',
      { target: { version: 2 }, former: { version: 1 } },
      ['  traffic     version 2 answers all requests; previous is version 1'],
    ],
    ['live', { target: { version: 2 } }, ['  traffic     version 2 answers all requests']],
    ['end', { state: 'rejected', reason: 'said by the error' }, []],
    ['end', { state: 'live', reason: 'It passed.' }, ['  live        It passed.']],
    ['verify', { verdict: 'promote', results: [] }, ['  verify      is what was registered, and can be released']],
    [
      'verify',
      { verdict: 'reject', results: [result('fail', 'A file differs.')] },
      ['  verify      fails', '              FAIL  A file differs.'],
    ],
    [
      'gates',
      { verdict: 'hold', results: [result('inconclusive', 'Too few.'), result('not applicable', 'None is live.')] },
      ['  gates       cannot say', '              ?     Too few.', '              -     None is live.'],
    ],
  ])('of %s %o', (step, document, expected) => {
    expect(told(step, document)).toEqual(expected);
  });

  test('of an evaluation has the rows, the bad ones, and the metrics that a person knows', () => {
    const report = {
      data: { key: 'evaluation/digits/heldout.csv' },
      quality: { rows: 540, bad: 2 },
      challenger: { metrics: { accuracy: 0.98, roc_auc: null, ece: 0.1 } },
      champion: { metrics: { accuracy: 0.97 } },
    };
    expect(told('evaluation', report)).toEqual([
      '  evaluate    538 rows of heldout.csv, 2 bad, accuracy 0.9800 (live 0.9700)',
    ]);
  });
});

describe('a step of a canary', () => {
  const side = (requests: number, errors = 0) => ({ requests, errors, labelled: 0, correct: 0, coldStarts: 0 });
  const look = (challenger: object, champion: object, golden?: object) =>
    ({ seconds: 10.4, live: { challenger, champion }, ...(golden && { golden }) }) as unknown as LookDocument;

  test('says what it takes, what was counted, and what it came to', () => {
    const began = { weight: 10, bakeSeconds: 600, needed: 382 };
    expect(stepLines('canary/1/began.json', began)).toEqual([
      '  canary      step 2: 10 % of the requests for 600 s, 382 of them at least',
    ]);
    expect(stepLines('canary/1/looks/2.json', look(side(1), side(20, 2)))).toEqual([
      '              after 10 s: challenger 1 request (0 failed), champion 20 requests (2 failed)',
    ]);
    const golden = { challenger: side(9), champion: side(9) };
    expect(stepLines('canary/1/looks/3.json', look(side(0), side(0), golden))[0]).toMatch(
      /, 9 golden questions besides$/,
    );
    expect(
      stepLines('canary/1/ended.json', { verdict: 'promote', reason: 'Fine.', results: [result('pass', 'x')] }),
    ).toEqual(['  step 2      Fine.']);
  });

  test('says each sentence once', () => {
    const results = [result('fail', 'It failed 9 of 10.'), result('pass', 'No alarm.')];
    const reason = 'At 10 % of the traffic, the challenger does harm. It failed 9 of 10.';
    expect(stepLines('canary/0/ended.json', { verdict: 'reject', reason, results })).toEqual([
      '  step 1      At 10 % of the traffic, the challenger does harm.',
      '              FAIL  It failed 9 of 10.',
      '              pass  No alarm.',
    ]);
  });

  test('knows that nobody has asked', () => {
    expect(isUnasked(look(side(0), side(0)))).toBe(true);
    expect(isUnasked(look(side(0), side(1)))).toBe(false);
    expect(isUnasked(look(side(0), side(0), { challenger: side(3), champion: side(3) }))).toBe(false);
  });
});

describe('words', () => {
  test('are broken below one another in a narrow terminal, and not in a pipe', () => {
    const text = 'one two three four five six seven eight';
    expect(line('gates', text, undefined)).toBe(`  gates       ${text}`);
    expect(line('gates', text, 44)).toBe('  gates       one two three four five six\n              seven eight');
    expect(line('gates', text, 20)).toBe(`  gates       ${text}`);
    expect(line('', 'x'.repeat(100), 60)).toBe(`              ${'x'.repeat(100)}`);
  });

  test('count, and tell times by the minute', () => {
    expect([0, 1, 2].map((count) => counted(count, 'look', 'looks'))).toEqual(['0 looks', '1 look', '2 looks']);
    expect(minute('2026-11-29T23:54:16.960Z')).toBe('2026-11-29 23:54 UTC');
  });

  test('leave out of a reason what is told of each rule', () => {
    const results = [result('fail', 'A is over 1 $& (2).'), result('pass', 'B.')];
    expect(withoutSentences('Harm. A is over 1 $& (2).', results)).toBe('Harm.');
    expect(resultLines([])).toEqual([]);
  });
});
