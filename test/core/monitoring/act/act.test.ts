/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { constantFrom, array, asyncProperty, assert, integer, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { act } from '#core/monitoring/act/act.ts';
import { listActions } from '#core/monitoring/act/actions.ts';
import { decideAction } from '#core/monitoring/act/decide.ts';
import { settleActions } from '#core/monitoring/act/settle.ts';
import type { ActionKind } from '#core/monitoring/watch-options.ts';
import { DAY_MS, HOUR_MS, mortal, Stage, WATCH } from './support/stage.ts';

const APPROVED = { decision: 'approve', actor: 'ada', reason: 'looked at it' } as const;

test('accuracy falls: what was live before is live again, and the history says why', async () => {
  const stage = await Stage.open();
  expect(await stage.tell('accuracy')).toMatchObject({ state: 'done', end: { version: 1 } });
  expect(await stage.live()).toBe(1);
  expect(await stage.history()).toMatchObject([
    {
      actor: 'onnward-prod-iris-accuracy',
      id: 'iris-a1',
      kind: 'rollback',
      about: 'accuracy',
      version: 2,
      live: 1,
      state: 'done',
      why: 'accuracy is not what it was.',
    },
  ]);
  expect(stage.news).toMatchObject([{ model: 'iris', subject: 'iris: accuracy alarm, rollback' }]);
});

test('drift: a training begins', async () => {
  const stage = await Stage.open();
  expect(await stage.tell('drift')).toMatchObject({ state: 'done', end: { training: 'iris-t1' } });
  expect(await stage.live()).toBe(2);
});

test('told twice, also at once, it is done once', async () => {
  const stage = await Stage.open();
  const alarm = stage.alarm('drift');
  await Promise.all([act(stage.world, alarm), act(stage.world, alarm)]);
  await act(stage.world, alarm);
  expect(await stage.kinds()).toEqual(['retrain']);
  expect(new Set(stage.asked)).toEqual(new Set(['iris-a1']));
  expect(await stage.history()).toHaveLength(1);
});

test('two alarms at once are one action and one word about it', async () => {
  const stage = await Stage.open();
  await Promise.all([stage.tell('drift'), stage.tell('accuracy')]);
  expect((await stage.kinds()).filter((kind) => !kind.startsWith('notify'))).toHaveLength(1);
  expect(await stage.kinds()).toHaveLength(2);
});

test('an alarm that is told late, after it was OK again, is not acted on', async () => {
  const stage = await Stage.open();
  const late = stage.alarm('drift');
  stage.now += HOUR_MS;
  await stage.tell('drift', 'OK');
  expect(await act(stage.world, late)).toBeUndefined();
  expect(await stage.kinds()).toEqual([]);
});

interface Case {
  readonly name: string;
  /** Brings the stage to where the alarm goes off. */
  readonly before: (stage: Stage) => Promise<unknown>;
  readonly about: 'accuracy' | 'drift';
  readonly kinds: readonly string[];
  readonly why?: RegExp;
}

const again = async (stage: Stage): Promise<void> => {
  await stage.tell('drift');
  stage.now += DAY_MS;
  await stage.tell('drift', 'OK');
  stage.now += HOUR_MS;
};

test.each<Case>([
  {
    name: 'within the cooldown people are told',
    before: async (stage) => {
      await stage.tell('drift');
      stage.now += DAY_MS - 1;
    },
    about: 'accuracy',
    kinds: ['retrain', 'notify, not rollback'],
    why: /iris-a1 \(retrain\) was at .*, and there is one action in 1d/,
  },
  {
    name: 'behind it there is another action',
    before: async (stage) => {
      await stage.tell('drift');
      stage.now += DAY_MS;
    },
    about: 'accuracy',
    kinds: ['retrain', 'rollback'],
  },
  {
    name: 'a training that has led to no live version is not repeated',
    before: again,
    about: 'drift',
    kinds: ['retrain', 'notify, not retrain'],
    why: /the training of iris-a1 has led to no version that is live/,
  },
  {
    name: 'one whose version was rolled back is not repeated either',
    before: async (stage) => {
      await again(stage);
      await stage.release(3);
      await stage.release(2);
      stage.now += 1;
    },
    about: 'drift',
    kinds: ['retrain', 'notify, not retrain'],
    why: /led to no version/,
  },
  {
    name: 'one that has helped is repeated a day later',
    before: async (stage) => {
      await again(stage);
      await stage.release(3);
      stage.now += 1;
    },
    about: 'drift',
    kinds: ['retrain', 'retrain'],
  },
  {
    name: 'an alarm that was never OK since is not acted on again',
    before: async (stage) => {
      await stage.tell('drift');
      await stage.release(3);
      stage.now += 2 * DAY_MS;
    },
    about: 'drift',
    kinds: ['retrain', 'notify, not retrain'],
    why: /never been OK since the training of iris-a1/,
  },
  {
    name: 'what was rolled back to is not rolled back',
    before: async (stage) => {
      await stage.tell('accuracy');
      stage.now += 2 * DAY_MS;
      await stage.tell('accuracy', 'OK');
      stage.now += 1;
    },
    about: 'accuracy',
    kinds: ['rollback', 'notify, not rollback'],
    why: /iris-a1 has rolled iris back to version 1 already/,
  },
  {
    name: 'a canary under way is ended by its own workflow',
    before: (stage) => stage.release(2, { challenger: 3, challengerTarget: '3', weight: 5 }),
    about: 'accuracy',
    kinds: ['notify, not rollback'],
    why: /canary under way/,
  },
  {
    name: 'a training under way is not disturbed',
    before: (stage) => stage.train('iris-t1'),
    about: 'drift',
    kinds: ['notify, not retrain'],
    why: /iris-t1 is under way/,
  },
])('$name', async ({ before, about, kinds, why }) => {
  const stage = await Stage.open();
  await before(stage);
  const done = await stage.tell(about);
  expect(await stage.kinds()).toEqual(kinds);
  if (why) expect(done?.request.instead?.why).toMatch(why);
  expect(done?.state).toBe('done');
});

test('live was moved after the alarm went off: it is about what is not live', async () => {
  const stage = await Stage.open();
  const alarm = stage.alarm('accuracy');
  stage.now += 1000;
  await stage.release(3);
  expect((await act(stage.world, alarm))?.request.instead?.why).toBe('iris@live was moved since');
  expect(await stage.live()).toBe(3);
});

test('live was moved before the alarm went off, and behind the window that it is about', async () => {
  const stage = await Stage.open();
  await stage.window(2);
  await stage.release(3);
  stage.now += 16 * 60_000;
  const told = await stage.tell('drift');
  expect(told?.request.instead?.why).toBe('it is about version 2, which is not live');
  expect(stage.asked).toEqual([]);
});

test('a training that was never begun is begun by the next alarm behind the cooldown', async () => {
  const stage = await Stage.open();
  stage.failure = new OnnwardError('The stage has no workflow.', { code: 'function.unconfigured', kind: 'invalid' });
  expect(await stage.tell('drift')).toMatchObject({ state: 'failed' });
  stage.failure = undefined;
  stage.now += 2 * DAY_MS;
  expect(await stage.tell('drift')).toMatchObject({ state: 'done', end: { training: 'iris-t1' } });
});

test('a roll back that was kept from it, and somebody moves live: it has done nothing, and the next one is done', async () => {
  const stage = await Stage.open();
  stage.failure = new Error('throttled');
  await expect(stage.tell('accuracy')).rejects.toThrow('throttled');
  stage.failure = undefined;
  await stage.release(3);
  const [end] = await settleActions(stage.world, 'iris');
  expect(end).toMatchObject({ state: 'failed', end: { message: expect.stringContaining('from version 2 to 3') } });
  stage.now += 2 * DAY_MS;
  expect(await stage.tell('accuracy')).toMatchObject({ state: 'done', end: { version: 1 } });
});

test.each(['accuracy', 'drift'] as const)(
  'what could not be done within a day is not done any more: %s',
  async (about) => {
    const stage = await Stage.open();
    stage.failure = new Error('throttled');
    await expect(stage.tell(about)).rejects.toThrow('throttled');
    stage.failure = undefined;
    stage.now += DAY_MS;
    const asked = stage.asked.length;
    await settleActions(stage.world, 'iris');
    expect(await listActions(stage.memory, 'iris')).toMatchObject([{ state: 'expired' }]);
    expect(stage.asked).toHaveLength(asked);
    expect(await stage.live()).toBe(2);
  },
);

test('in AWS the execution of a training is said by its name', async () => {
  const stage = await Stage.open();
  const { world } = stage;
  const aws = { ...world, actors: { ...world.actors, retrain: () => Promise.resolve('action-3f0c') } };
  const done = await act(aws, stage.alarm('drift'));
  expect(done?.end?.message).toBe('The training of the execution action-3f0c was begun with the newest data.');
});

test('people are told of the same once in a cooldown', async () => {
  const stage = await Stage.open({ drift: { then: 'notify' } });
  for (let hour = 0; hour < 30; hour++) {
    await stage.tell('drift', hour % 2 === 0 ? 'ALARM' : 'OK');
    stage.now += HOUR_MS;
  }
  expect(await stage.kinds()).toEqual(['notify', 'notify']);
});

test('what fails each time has failed, and is told; what may pass is thrown and done at the next telling', async () => {
  const stage = await Stage.open();
  const alarm = stage.alarm('accuracy');
  stage.failure = new Error('throttled');
  await expect(act(stage.world, alarm)).rejects.toThrow('throttled');
  stage.failure = new OnnwardError('iris has no version to go back to.', {
    code: 'rollback.nothing',
    kind: 'conflict',
  });
  expect(await act(stage.world, alarm)).toMatchObject({
    state: 'failed',
    end: { message: 'iris has no version to go back to.' },
  });
  expect(stage.news.at(-1)?.message).toContain('is failed: iris has no version to go back to.');
  expect(await stage.history()).toMatchObject([{ state: 'failed' }]);
});

test('news that nobody takes change nothing', async () => {
  const stage = await Stage.open();
  const { world } = stage;
  const deaf = { ...world, actors: { ...world.actors, notify: () => Promise.reject(new Error('no such topic')) } };
  expect(await act(deaf, stage.alarm('drift'))).toMatchObject({ state: 'done' });
});

test('nothing is done of a model without a live version, nor where nothing says what', async () => {
  const stage = await Stage.open({ drift: { then: 'retrain' } });
  expect(await stage.tell('accuracy')).toBeUndefined();
  expect(await act(stage.world, stage.alarm('drift', 'ALARM', { model: 'none' }))).toBeUndefined();
});

const ASKING = { drift: { then: 'approve' } } as const;

test('a person is asked, approves, and it is trained: once', async () => {
  const stage = await Stage.open(ASKING);
  expect(await stage.tell('drift')).toMatchObject({ state: 'waiting' });
  expect(stage.news[0]?.message).toContain('onnward approve iris-a1');
  expect(await settleActions(stage.world, 'iris')).toEqual([]);
  expect(await decideAction(stage.world, 'iris-a1', APPROVED)).toMatchObject({ state: 'done' });
  expect(await decideAction(stage.world, 'iris-a1', APPROVED)).toMatchObject({ state: 'done' });
  expect(stage.asked).toEqual(['iris-a1']);
  expect(await stage.history()).toMatchObject([{ actor: 'ada', kind: 'approve', training: 'iris-t1' }]);
});

test.each([
  [
    'rejects',
    { decision: 'reject', actor: 'ada', reason: 'a holiday' } as const,
    'rejected',
    'ada rejected it: a holiday',
  ],
  ['says nothing', undefined, 'expired', 'Nobody has decided in time.'],
])('a person who %s: nothing is trained', async (_, said, state, message) => {
  const stage = await Stage.open(ASKING);
  await stage.tell('drift');
  stage.now += said ? HOUR_MS : 7 * DAY_MS;
  const [end] = said ? [await decideAction(stage.world, 'iris-a1', said)] : await settleActions(stage.world, 'iris');
  expect(end).toMatchObject({ state, end: { message } });
  expect(stage.asked).toEqual([]);
  await expect(decideAction(stage.world, 'iris-a1', APPROVED)).rejects.toMatchObject({
    code: said ? 'action.decided' : 'action.not_waiting',
  });
});

test.each([
  ['iris-a9', 'action.not_found'],
  ['nonsense', 'action.not_found'],
  ['iris-a1', 'action.not_waiting'],
])('of %s nobody can decide: %s', async (id, code) => {
  const stage = await Stage.open();
  await stage.tell('drift');
  await expect(decideAction(stage.world, id, APPROVED)).rejects.toMatchObject({ code });
});

const EVENTS = ['accuracy', 'drift'] as const;

test.each([
  ['an alarm that retrains', WATCH, 'drift'],
  ['an alarm that rolls back', WATCH, 'accuracy'],
  ['one that asks', ASKING, 'drift'],
] as const)('killed before any write, %s comes to the same when it is told again', async (_, watch, about) => {
  const whole = await Stage.open(watch);
  const counted = mortal(whole.memory, Number.POSITIVE_INFINITY);
  whole.store = counted.store;
  await whole.tell(about);
  const expected = await listActions(whole.memory, 'iris');
  expect(counted.writes()).toBeGreaterThanOrEqual(3);
  for (let dies = 0; dies < counted.writes(); dies++) {
    const stage = await Stage.open(watch);
    const alarm = stage.alarm(about);
    stage.store = mortal(stage.memory, dies).store;
    await expect(act(stage.world, alarm)).rejects.toThrow('killed');
    stage.store = stage.memory;
    await act(stage.world, alarm);
    expect(await listActions(stage.memory, 'iris')).toEqual(expected);
    expect(await stage.history()).toHaveLength((await whole.history()).length);
    expect(await stage.live()).toBe(await whole.live());
  }
});

test('killed before any write, and told by nobody again, the next pass finishes it', async () => {
  for (let dies = 1; ; dies++) {
    const stage = await Stage.open();
    const dying = mortal(stage.memory, dies);
    stage.store = dying.store;
    const died = await stage.tell('drift').then(
      () => false,
      () => true,
    );
    if (!died) break;
    stage.store = stage.memory;
    stage.now += HOUR_MS;
    await settleActions(stage.world, 'iris');
    expect(await stage.kinds()).toEqual(['retrain']);
    expect(await listActions(stage.memory, 'iris')).toMatchObject([{ state: 'done' }]);
    expect(await stage.history()).toHaveLength(1);
  }
});

const events = array(
  tuple(
    constantFrom(...EVENTS),
    constantFrom('ALARM', 'OK', 'late', 'twice'),
    integer({ min: 0, max: 20 }),
    constantFrom(0, 0, 0, 3, 2),
  ),
  { maxLength: 40 },
);

test('whatever comes in whatever order: never two actions in a cooldown, never a training that did not help again', async () => {
  await assert(
    asyncProperty(events, constantFrom<ActionKind>('retrain', 'approve'), async (told, then) => {
      const stage = await Stage.open({ ...WATCH, drift: { then } });
      let last = stage.alarm('drift');
      for (const [about, how, hours, released] of told) {
        stage.now += hours * HOUR_MS;
        if (released > 0) await stage.release(released);
        const alarm = how === 'twice' ? last : stage.alarm(about, how === 'OK' ? 'OK' : 'ALARM');
        const delayed = how === 'late' ? { ...alarm, at: alarm.at - 5 * HOUR_MS } : alarm;
        const done = await act(stage.world, delayed);
        if (done?.state === 'waiting') await decideAction(stage.world, done.request.action, APPROVED);
        last = delayed;
      }
      const deeds = (await listActions(stage.memory, 'iris'))
        .filter(({ request }) => request.kind !== 'notify')
        .reverse();
      const times = deeds.map(({ request }) => Date.parse(request.at));
      for (const [index, at] of times.entries())
        if (index > 0) expect(at - times[index - 1]!).toBeGreaterThanOrEqual(DAY_MS);
      const trained = deeds.filter(({ request }) => request.kind === then).map(({ request }) => request.version);
      for (const [index, version] of trained.entries()) if (index > 0) expect(version).not.toBe(trained[index - 1]);
      expect(stage.asked).toEqual(deeds.map(({ request }) => request.action));
    }),
    { numRuns: 200 },
  );
});
