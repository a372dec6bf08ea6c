import { describe, expect, test } from 'vitest';
import { aspectsOf, type Aspect } from '#core/deployment/aspects.ts';
import type { DeployedModel } from '#core/deployment/condition.ts';

const serving: DeployedModel = {
  stage: 'prod',
  model: 'iris',
  traffic: { to: 'function', functionVersion: '7', version: 3 },
  state: 'Active',
  recorded: 3,
  missing: [],
};

const find = (aspect: Aspect['aspect'], facts: Partial<DeployedModel>): Partial<Aspect> | undefined => {
  const { aspect: _, ...found } = aspectsOf({ ...serving, ...facts }).find((each) => each.aspect === aspect) ?? {};
  return Object.keys(found).length === 0 ? undefined : found;
};

test('each is told once, in the order in which a person wants to know it', () => {
  const aspects = aspectsOf({
    ...serving,
    traffic: { to: 'two', functionVersion: '7', version: 3 },
    challenger: { functionVersion: '9', version: 4, weight: 10 },
    release: { release: 'iris-r3', version: 4 },
    previous: { version: 2, functionVersion: '5', state: 'Active' },
    missing: ['evaluation/iris/a/rows.csv'],
    feedback: 'on',
    watch: { until: '2026-11-23T06:00:00.000Z', isStale: false, captured: 120, state: 'stable', drifting: [] },
  });
  expect(aspects.map(({ aspect, level }) => [aspect, level])).toEqual([
    ['canary', 'ok'],
    ['release', 'ok'],
    ['previous', 'ok'],
    ['evaluation', 'failure'],
    ['feedback', 'ok'],
    ['watch', 'ok'],
  ]);
});

test('of a model that is not deployed, or was never pointed, nothing is told of a way back', () => {
  const { traffic: _, ...absent } = serving;
  expect(aspectsOf(absent)).toEqual([]);
  expect(find('previous', { traffic: { to: 'nothing' } })).toBeUndefined();
});

describe('a canary', () => {
  const challenger = { functionVersion: '9', version: 4, weight: 12.5 };

  test('is named by its release', () => {
    expect(find('canary', { challenger, release: { release: 'iris-r3', version: 4 } })).toEqual({
      level: 'ok',
      text: 'version 4 (9 of the function) gets 12.5 % of the requests, by iris-r3',
    });
  });

  test('without a release is a leftover, and the next step takes it back', () => {
    expect(find('canary', { challenger })).toEqual({
      level: 'warning',
      text: 'version 4 (9 of the function) gets 12.5 % of the requests, and no release is under way: it was left over',
      fix: 'Run `onnward rollback iris --stage prod --reason …`: all requests go to the live version again.',
    });
  });

  test('of what pins no version says so', () => {
    expect(find('canary', { challenger: { functionVersion: '9', weight: 1 } })?.text).toContain(
      'what pins no version (9',
    );
  });
});

describe('a release', () => {
  const wait = { reason: 'all gates pass.', expires: '2026-11-29T10:00:00.000Z', isExpired: false };

  test.each<[string, DeployedModel['release'], object | undefined]>([
    ['none', undefined, undefined],
    [
      'under way can be watched',
      { release: 'iris-r3', version: 4 },
      { level: 'ok', text: 'iris-r3 (iris:4) is under way', fix: 'Run `onnward watch iris-r3 --stage prod`.' },
    ],
    [
      'that waits says until when, why, and by which commands it goes on',
      { release: 'iris-r3', version: 4, wait },
      {
        level: 'warning',
        text: 'iris-r3 (iris:4) waits for a person until 2026-11-29T10:00:00.000Z: all gates pass.',
        fix: 'Run `onnward approve iris-r3 --stage prod --reason …`, or `onnward reject iris-r3 --stage prod --reason …`.',
      },
    ],
    [
      'that nobody decided on in time has no next step',
      { release: 'iris-r3', version: 4, wait: { ...wait, isExpired: true } },
      {
        level: 'warning',
        text: 'iris-r3 (iris:4) waited for a person until 2026-11-29T10:00:00.000Z, and is closed within a day',
      },
    ],
  ])('%s', (_, release, expected) => {
    expect(find('release', release ? { release } : {})).toEqual(expected);
  });
});

describe('where a rollback leads', () => {
  const again = 'Release it, or another one, again: `onnward release iris:2 --stage prod`.';

  test.each<[string, DeployedModel['previous'], object]>([
    ['nowhere', undefined, { level: 'ok', text: 'none: there is no version to go back to' }],
    [
      'is ready',
      { version: 2, functionVersion: '5', state: 'Active' },
      { level: 'ok', text: 'version 2 (5 of the function) is ready for a rollback' },
    ],
    [
      'is live again after a rollback',
      { version: 3, functionVersion: '7', state: 'Active' },
      { level: 'ok', text: 'version 3 (7 of the function), which is live again: there is no version to go back to' },
    ],
    [
      'sleeps',
      { version: 2, functionVersion: '5', state: 'Inactive', stateReason: 'Idle: not invoked' },
      {
        level: 'warning',
        text: 'version 2 (5 of the function) is Inactive: Idle: not invoked: the first calls after a rollback would be refused',
        fix: 'Releases call it each day; `aws lambda invoke --function-name onnward-prod-iris --qualifier 5 /dev/null` wakes it in a minute, whatever it answers.',
      },
    ],
    [
      'is on its way',
      { version: 2, functionVersion: '5', state: 'Pending' },
      { level: 'warning', text: 'version 2 (5 of the function) is Pending', fix: 'Look again in a minute.' },
    ],
    [
      'failed',
      { version: 2, functionVersion: '5', state: 'Failed', stateReason: 'ImageDeleted' },
      {
        level: 'failure',
        text: 'version 2 (5 of the function) is Failed: ImageDeleted: a rollback would fail',
        fix: again,
      },
    ],
    [
      'was deleted',
      { version: 2, functionVersion: '5' },
      { level: 'failure', text: 'version 2 (5 of the function) is gone: a rollback would fail', fix: again },
    ],
    [
      'was set by hand',
      { version: 2 },
      { level: 'warning', text: 'version 2, set by hand: no rollback leads there', fix: again },
    ],
  ])('%s', (_, previous, expected) => {
    expect(find('previous', previous ? { previous } : {})).toEqual(expected);
  });
});

test.each<[DeployedModel['feedback'], object | undefined]>([
  [undefined, undefined],
  ['on', { level: 'ok', text: 'on' }],
  ['off', { level: 'ok', text: 'off' }],
  ['no key', { level: 'warning', fix: 'Run `onnward deploy`. It makes one.' }],
])('feedback %s', (feedback, expected) => {
  const found = find('feedback', feedback ? { feedback } : {});
  if (expected) expect(found).toMatchObject(expected);
  else expect(found).toBeUndefined();
});

describe('what is watched', () => {
  const watch = { until: '2026-11-23T06:00:00.000Z', isStale: false, captured: 120, drifting: [] };
  const look = 'looked at until 2026-11-23T06:00:00.000Z, 120 requests captured';

  test.each([
    [undefined, look],
    ['few', `${look}, too few rows to say whether they drift`],
    ['stable', `${look}, nothing drifts`],
    ['suspected', `${look}, something may drift: the next window says`],
  ] as const)('is well: %s', (state, text) => {
    expect(find('watch', { watch: { ...watch, ...(state && { state }) } })).toEqual({ level: 'ok', text });
  });

  test('drifts in features that are named, a few of them', () => {
    const drifting = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(find('watch', { watch: { ...watch, state: 'drifting', drifting } })).toEqual({
      level: 'warning',
      text: `${look}; a, b, c, d, e and 2 more drift`,
      fix: 'Run `onnward drift iris --stage prod`.',
    });
  });

  test('was not looked at for a day', () => {
    expect(find('watch', { watch: { ...watch, state: 'stable', isStale: true } })).toMatchObject({
      level: 'warning',
      text: `${look}, and not since`,
      fix: expect.stringContaining('onnward monitor iris --stage prod') as string,
    });
  });

  test('waits for a person', () => {
    const waiting = { action: 'iris-a3', reason: 'sepal_length drifts' };
    expect(find('watch', { watch: { ...watch, waiting } })).toEqual({
      level: 'warning',
      text: 'iris-a3 waits for a person: sepal_length drifts',
      fix: 'Run `onnward approve iris-a3 --stage prod --reason …`, or `onnward reject iris-a3 --stage prod --reason …`.',
    });
  });

  test('is not told of where nothing is', () => {
    expect(find('watch', {})).toBeUndefined();
  });
});

test('rows that the store lacks are named', () => {
  expect(find('evaluation', { missing: ['evaluation/iris/a/rows.csv', 'evaluation/iris/b/asked.jsonl'] })).toEqual({
    level: 'failure',
    text: "releases read evaluation/iris/a/rows.csv and evaluation/iris/b/asked.jsonl, which the stage's store lacks",
    fix: 'Run `onnward deploy`. It brings the rows there.',
  });
});
