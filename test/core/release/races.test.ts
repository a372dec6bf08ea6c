import { describe, expect, test } from 'vitest';
import type { Traffic } from '#core/ports.ts';
import { abortRelease, decideRelease } from '#core/release/abort.ts';
import type { TaskAnswer, TaskEvent } from '#core/release/events.ts';
import { pendingReleases } from '#core/release/pending.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { rollBackModel } from '#core/release/roll-back-model.ts';
import { runTask } from '#core/release/tasks.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import { CHAMPION, newStage, OPTIONS, run, type Stage } from './support/stage.ts';

const SAID = { actor: 'ada', reason: 'stop' };
const ID = 'digits-r1';

/** The same traffic, with some of its calls in other words. */
const withTraffic = (stage: Stage, change: Partial<Traffic>): ReleaseWorld => {
  const { traffic } = stage;
  const changed = new Proxy(traffic, {
    get(target, name) {
      const own = (change as Record<PropertyKey, unknown>)[name];
      const value = own ?? (Reflect.get(target, name) as unknown);
      return typeof value === 'function'
        ? (value as (...given: unknown[]) => unknown).bind(own ? change : target)
        : value;
    },
  });
  return stage.on({ traffic: () => changed });
};

/** Something that happens at the very moment in which traffic has been looked at, and is not moved yet. */
const betweenLookAndMove = (stage: Stage, happens: () => Promise<unknown>): ReleaseWorld => {
  let happened = false;
  return withTraffic(stage, {
    live: async () => {
      const live = await stage.traffic.live();
      if (!happened) {
        happened = true;
        await happens();
      }
      return live;
    },
  });
};

/** Runs the workflow up to, and without, the n-th time that it comes to a task. */
async function upTo(stage: Stage, task: TaskEvent['task'], times = 1): Promise<void> {
  let count = 0;
  let stopped = false;
  await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' }, (event) => {
    if (event.task === task && ++count === times) stopped = true;
    if (stopped) throw new Error('stopped');
  });
}

/** Takes the release on from a task to its end. */
async function goOn(stage: Stage, world: ReleaseWorld, from: TaskEvent['task']): Promise<TaskAnswer> {
  let answer: TaskAnswer = { release: ID, next: from as TaskAnswer['next'] };
  while (answer.next !== 'end' && answer.next !== 'wait') {
    const task = (answer.next === 'bake' ? 'canary' : answer.next) as 'canary';
    answer = (await runTask(world, { task, release: ID, input: answer } as unknown as TaskEvent)) as TaskAnswer;
    if (answer.next === 'bake') stage.pass(answer.seconds ?? 0);
  }
  return answer;
}

const endOf = async ({ world }: Stage) => (await releaseStatus(world.store, ID)).end?.state;

async function expectChampion(stage: Stage): Promise<void> {
  const live = await stage.traffic.live();
  expect([live?.champion, live?.challenger, live?.weight]).toEqual([CHAMPION, undefined, 0]);
  const record = await stage.world.registry.alias('digits', 'live');
  expect([record?.version, record?.target, record?.challenger]).toEqual([1, 'first', undefined]);
}

describe('in the very moment in which all traffic goes to the challenger', () => {
  test('an abort has the last word', async () => {
    const stage = await newStage();
    await upTo(stage, 'live');
    const world = betweenLookAndMove(stage, () => abortRelease(stage.world, ID, { ...SAID, by: 'alarm' }));
    expect(await goOn(stage, world, 'live')).toMatchObject({ state: 'aborted' });
    await expectChampion(stage);
    expect(await endOf(stage)).toBe('aborted');
  });

  test('a rollback has the last word', async () => {
    const stage = await newStage();
    await upTo(stage, 'live');
    const world = betweenLookAndMove(stage, async () => {
      const live = await stage.traffic.live();
      await stage.traffic.shift({ champion: CHAMPION, weight: 0 }, live!.revision, '');
      await abortRelease(stage.world, ID, { ...SAID, by: 'person' });
    });
    await goOn(stage, world, 'live');
    await expectChampion(stage);
  });

  test('an abort that comes behind its end is told so, and changes nothing', async () => {
    const stage = await newStage();
    await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' });
    const late = abortRelease(stage.world, ID, { ...SAID, by: 'person' });
    await expect(late).rejects.toMatchObject({ code: 'release.ended' });
    expect(await stage.traffic.live()).toMatchObject({ champion: { version: 2 }, weight: 0 });
  });

  test('a rollback that comes as the end is written goes back all the same', async () => {
    const stage = await newStage();
    await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' });
    expect(await rollBackModel(stage.world, 'digits', SAID)).toMatchObject({ to: CHAMPION });
    await expectChampion(stage);
  });
});

describe('a second driver of the same release', () => {
  test('that was late does not divide traffic again when the first has rolled back', async () => {
    const stage = await newStage({ behaviours: { 'digits-r1-2': { errorRate: 0.5 } } });
    await upTo(stage, 'canary', 2);
    stage.pass(20);
    const late = betweenLookAndMove(stage, () => goOn(stage, stage.world, 'canary'));
    await goOn(stage, late, 'canary');
    await expectChampion(stage);
    expect(await endOf(stage)).toBe('rolled back');
  });

  test('that was late does not divide traffic again when the first has gone live', async () => {
    const stage = await newStage();
    await upTo(stage, 'canary', 2);
    stage.pass(20);
    const late = betweenLookAndMove(stage, () => goOn(stage, stage.world, 'canary'));
    await goOn(stage, late, 'canary');
    expect(await stage.traffic.live()).toMatchObject({ champion: { version: 2, id: 'digits-r1-2' }, weight: 0 });
    expect(await endOf(stage)).toBe('live');
  });

  test('that moves traffic behind the last look of the first is undone', async () => {
    const stage = await newStage();
    await upTo(stage, 'canary', 2);
    const { traffic } = stage;
    let ended = false;
    const late = withTraffic(stage, {
      shift: async (...given) => {
        const shifted = await traffic.shift(...given);
        if (!ended) {
          ended = true;
          await abortRelease(stage.world, ID, { ...SAID, by: 'alarm' });
          const live = await traffic.live();
          // Lambda knows no order between an abort and this: it comes once more.
          await traffic.shift(given[0], live!.revision, ID);
        }
        return shifted;
      },
    });
    stage.pass(20);
    await goOn(stage, late, 'canary');
    await expectChampion(stage);
  });
});

test('an abort in the middle of publishing leaves nothing behind that costs', async () => {
  const stage = await newStage();
  await upTo(stage, 'publish');
  const world = withTraffic(stage, {
    publish: async (version, release) => {
      const target = await stage.traffic.publish(version, release);
      await abortRelease(stage.world, ID, { ...SAID, by: 'person' });
      return target;
    },
  });
  await goOn(stage, world, 'publish');
  expect(stage.traffic.withdrawn).toEqual([{ version: 2, id: 'digits-r1-2' }]);
  await expectChampion(stage);
});

describe('previous', () => {
  const releaseOf = (stage: Stage, version: number) =>
    run(stage.world, stage.pass, { model: `digits:${version}`, actor: 'ada' });
  const previousOf = async ({ world }: Stage) => {
    const record = await world.registry.alias('digits', 'previous');
    return [record?.version, record?.target];
  };

  test('survives a release that fails as it goes live', async () => {
    const stage = await newStage();
    await releaseOf(stage, 3);
    expect(await previousOf(stage)).toEqual([1, 'first']);
    const broken = withTraffic(stage, {
      shift: (split, ...given) =>
        split.champion.version === 2
          ? Promise.reject(new Error('Lambda is down'))
          : stage.traffic.shift(split, ...given),
    });
    const outcome = await run(broken, stage.pass, { model: 'digits:2', actor: 'ada' });
    expect(outcome.status).toBe('FAILED');
    expect((await releaseStatus(stage.world.store, 'digits-r2')).end).toMatchObject({ state: 'failed' });
    expect(await previousOf(stage)).toEqual([1, 'first']);
    expect(await rollBackModel(stage.world, 'digits', SAID)).toMatchObject({ to: CHAMPION });
  });

  test('is what a person left by force', async () => {
    const stage = await newStage();
    await releaseOf(stage, 2);
    await stage.world.registry.setAlias('digits', 'live', 3, { force: true });
    expect(await previousOf(stage)).toEqual([2, 'digits-r1-2']);
  });

  test('that a person moves has nothing that answers for it: no rollback leads there', async () => {
    const stage = await newStage();
    await releaseOf(stage, 2);
    await stage.world.registry.setAlias('digits', 'previous', 3);
    await expect(rollBackModel(stage.world, 'digits', SAID)).rejects.toMatchObject({ code: 'rollback.nothing' });
  });

  test('is kept from being deleted, also where nothing was to be changed', async () => {
    const stage = await newStage();
    await releaseOf(stage, 2);
    const kept: string[][] = [];
    const world = withTraffic(stage, {
      publish: async (version) => ({ version, id: 'digits-r1-2' }),
      retire: async (keep) => {
        kept.push(keep.map(({ id }) => id));
        return [];
      },
    });
    await run(world, stage.pass, { model: 'digits:2', actor: 'ada' });
    expect(kept).toEqual([['digits-r1-2', 'first']]);
  });
});

describe('what begins by itself', () => {
  const registered = (version: number) => ({
    'detail-type': 'Object Created' as const,
    detail: { bucket: { name: 'b' }, object: { key: `models/digits/versions/${version}/manifest.json` } },
  });
  const options = { ...OPTIONS, autoRelease: true };

  test('is a new version once, and never an older one, however late and often its event comes', async () => {
    const stage = await newStage({ options });
    for (const version of [3, 2, 3, 1]) await run(stage.world, stage.pass, registered(version));
    expect(await stage.traffic.live()).toMatchObject({ champion: { version: 3 } });
    await expect(releaseStatus(stage.world.store, 'digits-r2')).rejects.toMatchObject({ code: 'release.not_found' });
  });

  test('is made up for where another release was open', async () => {
    const stage = await newStage({ options: { ...options, approval: {} } });
    await run(stage.world, stage.pass, registered(2));
    expect((await run(stage.world, stage.pass, registered(3))).status).toBe('SUCCEEDED');
    expect(await pendingReleases(stage.world)).toEqual([]);
    await abortRelease(stage.world, ID, { ...SAID, by: 'person' });
    expect(await pendingReleases(stage.world)).toEqual([
      { model: 'digits:4', trigger: 'registered', actor: 'registration' },
    ]);
  });

  test('is nothing of a model that does not say so', async () => {
    const stage = await newStage();
    await run(stage.world, stage.pass, registered(2));
    expect(await stage.traffic.live()).toMatchObject({ champion: CHAMPION });
    expect(await pendingReleases(stage.world)).toEqual([]);
  });
});

test('a wait whose time is up cannot be approved any more, and is closed', async () => {
  const stage = await newStage({ options: { ...OPTIONS, approval: { expires: '1h' } } });
  await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' });
  stage.pass(40 * 86_400);
  const late = decideRelease(stage.world, ID, { ...SAID, decision: 'approve' });
  await expect(late).rejects.toMatchObject({ code: 'release.expired' });
  expect(await endOf(stage)).toBe('expired');
});

describe('where the deployed configuration is to hold', () => {
  test.each([
    ['gates', { gates: [{ gate: 'sizeBelow', bytes: 1e12 }] }],
    ['approval', { approval: false }],
    ['evaluation', { evaluation: { data: 's3://mine/rows.csv', label: 'digit' } }],
    ['canary', { canary: [] }],
    ['canary.0.weight', { canary: [{ weight: 99, bake: '20s' }] }],
    ['canary.0.bake', { canary: [{ weight: 50, bake: '5s' }] }],
    ['judge.errorMargin', { judge: { errorMargin: 1 } }],
    ['judge.goldenTraffic', { judge: { goldenTraffic: true } }],
    ['judge.minimumRequests', { judge: { minimumRequests: 1 } }],
    ['canary.0.minimumRequests', { canary: [{ weight: 50, bake: '20s', minimumRequests: 1 }] }],
  ])('a request cannot say %s', async (path, options) => {
    const stage = await newStage();
    const outcome = await run(stage.on({ strict: true }), stage.pass, { model: 'digits:4', options: options as never });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'release.weaker' });
    expect((outcome as { cause: string }).cause).toContain(path);
  });

  test('what a request leaves out of the judge is as it is configured', async () => {
    const stage = await newStage({ options: { ...OPTIONS, judge: { minimumRequests: 400, errorMargin: 0.02 } } });
    await run(stage.on({ strict: true }), stage.pass, { model: 'digits:2', options: { judge: {} } });
    const { judge } = (await releaseStatus(stage.world.store, ID)).release.options;
    expect(judge).toEqual({ minimumRequests: 400, errorMargin: 0.02 });
  });

  test('it can say longer bakes, more requests, and that a person approves', async () => {
    const stage = await newStage();
    const options = { canary: [{ weight: 50, bake: '40s' }], judge: { minimumRequests: 500 }, approval: {} };
    const outcome = await run(stage.on({ strict: true }), stage.pass, { model: 'digits:2', actor: 'ada', options });
    expect(outcome.status).toBe('SUCCEEDED');
    expect(await releaseStatus(stage.world.store, ID)).toMatchObject({ state: 'waiting' });
    expect((await releaseStatus(stage.world.store, ID)).release.options.canary).toEqual(options.canary);
  });
});
