import { describe, expect, test } from 'vitest';
import { documentKey } from '#core/release/keys.ts';
import { cardKey } from '#core/model/keys.ts';
import { abortRelease, decideRelease } from '#core/release/abort.ts';
import { expireReleases } from '#core/release/expire.ts';
import { listReleases, releaseStatus } from '#core/release/releases.ts';
import { rollBackModel } from '#core/release/roll-back-model.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { CHAMPION, newStage, OPTIONS, run, type Stage, VERSION } from './support/stage.ts';

const SAID = { actor: 'ada', reason: 'looked at it' };

/** Asks for a version and gives how its release stands. */
async function release(stage: Stage, model: keyof typeof VERSION, more: object = {}) {
  const outcome = await run(stage.world, stage.pass, { model: `digits:${VERSION[model]}`, actor: 'ada', ...more });
  const [last] = await listReleases(stage.world.store);
  return {
    outcome,
    status: last!,
    live: await stage.traffic.live(),
    record: await stage.world.registry.alias('digits', 'live'),
  };
}

const historyOf = async ({ world }: Stage) => Array.fromAsync(world.registry.history('digits'));

describe('a release', () => {
  test('of a better version passes, bakes, and goes live; the former is previous', async () => {
    const stage = await newStage();
    const { outcome, status, live, record } = await release(stage, 'better', { why: 'more images' });
    expect(outcome.status).toBe('SUCCEEDED');
    expect(status.end).toMatchObject({ state: 'live' });
    expect(live).toMatchObject({ champion: { version: 2, id: 'digits-r1-2' }, weight: 0 });
    expect(record).toMatchObject({ version: 2, target: 'digits-r1-2', release: 'digits-r1' });
    expect(await stage.world.registry.alias('digits', 'previous')).toMatchObject({ version: 1, target: 'first' });
    expect(stage.traffic.splits.map(({ split }) => split.weight)).toEqual([0, 50, 0]);
    const last = (await historyOf(stage)).at(-1);
    expect(last).toMatchObject({
      action: 'release',
      release: 'digits-r1',
      version: 2,
      champion: 1,
      state: 'live',
      why: 'more images',
    });
    const evidence = Object.keys(last!['evidence'] as object);
    for (const name of ['request', 'verify', 'evaluation', 'gates', 'publish', 'warm-up', 'live'])
      expect(evidence).toContain(name);
    expect(stage.news.at(-1)).toMatchObject({ release: 'digits-r1', state: 'live' });
    for (const extension of ['json', 'md']) {
      expect(await stage.world.store.get(cardKey('digits', 2, 'digits-r1', extension))).toBeDefined();
    }
    expect(
      (await Array.fromAsync(stage.world.registry.verify('digits'))).filter(({ severity }) => severity === 'corrupt'),
    ).toEqual([]);
  });

  test('of a worse version is rejected by the gates, and nothing is published or sent to it', async () => {
    const stage = await newStage();
    const { outcome, status, live } = await release(stage, 'worse');
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.NotReleased' });
    expect(status.end).toMatchObject({ state: 'rejected' });
    expect(status.end?.reason).toContain('is not at least 0.85');
    expect(live).toMatchObject({ champion: CHAMPION, weight: 0, revision: '1' });
    expect(await stage.world.store.get(documentKey('digits-r1', 'publish'))).toBeUndefined();
    expect((await historyOf(stage)).at(-1)).toMatchObject({ action: 'release', state: 'rejected' });
  });

  test('of an equal version is promoted where not being worse is enough', async () => {
    const { status } = await release(await newStage(), 'equal');
    expect(status.end).toMatchObject({ state: 'live' });
  });

  test('of an equal version is held where a gain is asked for; a person may still say yes', async () => {
    const options: ReleaseOptions = { ...OPTIONS, gates: [{ gate: 'better', metric: 'accuracy' }, OPTIONS.gates![0]!] };
    const stage = await newStage({ options });
    const { outcome, status } = await release(stage, 'equal');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(status).toMatchObject({ state: 'waiting', wait: { number: 1, of: 'gates', kind: 'hold' } });
    expect(stage.news.at(-1)).toMatchObject({ state: 'waiting' });
    await decideRelease(stage.world, 'digits-r1', { ...SAID, decision: 'approve' });
    await run(stage.world, stage.pass, { release: 'digits-r1' });
    expect(await releaseStatus(stage.world.store, 'digits-r1')).toMatchObject({
      state: 'live',
      decision: SAID,
      end: { reason: 'It was held, and ada approved it: looked at it' },
    });
  });

  test('waits for approval where it is asked for, and ends where a person says no', async () => {
    const stage = await newStage({ options: { ...OPTIONS, approval: {} } });
    const { status } = await release(stage, 'better');
    expect(status).toMatchObject({ state: 'waiting', wait: { kind: 'approval' } });
    expect(Date.parse(status.wait!.expires) - Date.parse(status.wait!.at)).toBe(7 * 86_400_000);
    await decideRelease(stage.world, 'digits-r1', { ...SAID, decision: 'reject' });
    await run(stage.world, stage.pass, { release: 'digits-r1' });
    const after = await releaseStatus(stage.world.store, 'digits-r1');
    expect(after.end).toMatchObject({ state: 'rejected', reason: 'ada rejected it: looked at it' });
    const again = decideRelease(stage.world, 'digits-r1', { ...SAID, decision: 'approve' });
    await expect(again).rejects.toMatchObject({ code: 'release.ended' });
  });

  test('that nobody decides on expires; the next one of the model closes it, too', async () => {
    const stage = await newStage({ options: { ...OPTIONS, approval: { expires: '1h' } } });
    await release(stage, 'better');
    expect(await expireReleases(stage.world)).toEqual([]);
    stage.pass(3601);
    expect(await expireReleases(stage.world)).toEqual(['digits-r1']);
    expect(await releaseStatus(stage.world.store, 'digits-r1')).toMatchObject({ state: 'expired' });
    await release(stage, 'better');
    stage.pass(3601);
    const { status } = await release(stage, 'equal');
    expect(status.release.release).toBe('digits-r3');
    expect(await releaseStatus(stage.world.store, 'digits-r2')).toMatchObject({ state: 'expired' });
  });

  test.each([
    ['fails', { errorRate: 0.2 }, 'failed'],
    ['is slow', { ms: 200 }, 'p50'],
    ['is wrong', { labelled: 1, accuracy: 0.2 }, 'right'],
  ])('that is fine offline and %s live is rolled back by the canary', async (_, behaviour, word) => {
    const champion = { labelled: 1, accuracy: 0.95 };
    const stage = await newStage({ behaviours: { 'digits-r1-2': behaviour, first: champion } });
    const { outcome, status, live, record } = await release(stage, 'better');
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.NotReleased' });
    expect(status.end).toMatchObject({ state: 'rolled back' });
    expect(status.end?.reason).toContain(word);
    expect(live).toMatchObject({ champion: CHAMPION, weight: 0 });
    expect(live?.challenger).toBeUndefined();
    expect(record).toMatchObject({ version: 1, target: 'first' });
    expect(record).not.toHaveProperty('challenger');
    expect(stage.traffic.withdrawn).toEqual([{ version: 2, id: 'digits-r1-2' }]);
  });

  test('is aborted by an alarm in the middle of a bake: traffic goes back at once, and the workflow ends', async () => {
    const stage = await newStage();
    let looks = 0;
    const { world, pass } = stage;
    const outcome = await run(world, pass, { model: 'digits:2', actor: 'ada' }, async ({ task }) => {
      if (task !== 'canary' || ++looks !== 3) return;
      const end = await abortRelease(world, 'digits-r1', { actor: 'alarm x', reason: 'errors', by: 'alarm' });
      expect(end).toMatchObject({ state: 'aborted', reason: 'alarm x aborted it: errors' });
      expect(await stage.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.NotReleased' });
    expect(await stage.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
    const ends = (await historyOf(stage)).filter(({ action }) => action === 'release');
    expect(ends.map(({ state }) => state)).toEqual(['aborted']);
  });

  test('of the first version needs no champion: comparative gates do not apply, an absolute one is enough', async () => {
    const stage = await newStage({ live: null });
    const { status, live } = await release(stage, 'better');
    expect(status.end).toMatchObject({ state: 'live' });
    expect(live).toMatchObject({ champion: { version: 2 }, weight: 0 });
    expect(await stage.world.registry.alias('digits', 'previous')).toBeUndefined();
  });

  test('of the first version with nothing but comparative gates says what is missing', async () => {
    const options = { ...OPTIONS, gates: [OPTIONS.gates![1]!] };
    const { status } = await release(await newStage({ options, live: null }), 'better');
    expect(status.end).toMatchObject({ state: 'rejected' });
    expect(status.end?.reason).toContain('such as atLeast');
  });

  test('of what is live already changes nothing', async () => {
    const stage = await newStage({ live: { version: 1, id: 'digits-r1-1' } });
    const { status } = await release(stage, 'champion');
    expect(status.end).toMatchObject({ state: 'live', reason: 'It was live already: nothing has changed.' });
    expect(stage.traffic.splits).toHaveLength(1);
  });
});

describe('of two releases of one model', () => {
  test('the second is refused while the first is open, and begins when that has ended', async () => {
    const stage = await newStage({ options: { ...OPTIONS, approval: {} } });
    await release(stage, 'better');
    const refused = await run(stage.world, stage.pass, { model: 'digits:3', actor: 'bob' });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'release.under_way' });
    await abortRelease(stage.world, 'digits-r1', { ...SAID, by: 'person' });
    const { status } = await release(stage, 'equal');
    expect(status).toMatchObject({ state: 'waiting', release: { release: 'digits-r2', version: 3 } });
  });

  test('that begin at the same time one is refused', async () => {
    const stage = await newStage({ options: { ...OPTIONS, approval: {} } });
    const both = [2, 3].map((version) => run(stage.world, stage.pass, { model: `digits:${version}`, actor: 'ada' }));
    const outcomes = await Promise.all(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
    expect(outcomes.find(({ status }) => status === 'FAILED')).toMatchObject({ error: 'release.under_way' });
    expect(await listReleases(stage.world.store)).toHaveLength(1);
  });

  test('who asks again for the version that is under way goes on with it', async () => {
    const stage = await newStage({ options: { ...OPTIONS, approval: {} } });
    await release(stage, 'better');
    const { outcome } = await release(stage, 'better');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(await listReleases(stage.world.store)).toHaveLength(1);
  });
});

describe('a rollback', () => {
  test('is two reads and one write, and the records follow', async () => {
    const stage = await newStage();
    await release(stage, 'better');
    const calls: string[] = [];
    const { traffic, world } = stage;
    const counting = new Proxy(traffic, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          calls.push(String(name));
          return (value as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
    const back = await rollBackModel(stage.on({ traffic: () => counting }), 'digits', SAID);
    // Two calls, with one read of the registry between: then `live` points there. What comes after is looking again.
    expect(calls).toEqual(['live', 'shift', 'live']);
    expect(back).toMatchObject({ from: { version: 2 }, to: CHAMPION });
    expect(back.ms).toBeLessThan(1000);
    expect(await traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
    expect(await world.registry.alias('digits', 'live')).toMatchObject({ version: 1, target: 'first' });
    expect((await historyOf(stage)).at(-1)).toMatchObject({ action: 'rollback', from: 2, to: 1, actor: 'ada' });
  });

  test('once more finds nothing to go back to: never forth to what was left', async () => {
    const stage = await newStage();
    await release(stage, 'better');
    await rollBackModel(stage.world, 'digits', SAID);
    await expect(rollBackModel(stage.world, 'digits', SAID)).rejects.toMatchObject({ code: 'rollback.nothing' });
    expect(await stage.traffic.live()).toMatchObject({ champion: CHAMPION });
  });

  test('of a version that is not live alone changes nothing', async () => {
    const stage = await newStage();
    await release(stage, 'better');
    const moved = { code: 'rollback.moved' };
    await expect(rollBackModel(stage.world, 'digits', { ...SAID, version: 1 })).rejects.toMatchObject(moved);
    expect(await rollBackModel(stage.world, 'digits', { ...SAID, version: 2 })).toMatchObject({ to: CHAMPION });
    await expect(rollBackModel(stage.world, 'digits', { ...SAID, version: 2 })).rejects.toMatchObject(moved);
  });

  test('in the middle of a canary ends the release, and goes back to its champion', async () => {
    const stage = await newStage();
    let looks = 0;
    await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' }, async ({ task }) => {
      if (task === 'canary' && ++looks === 3) await rollBackModel(stage.world, 'digits', SAID);
    });
    expect(await stage.traffic.live()).toMatchObject({ champion: CHAMPION, weight: 0 });
    expect(await releaseStatus(stage.world.store, 'digits-r1')).toMatchObject({ state: 'aborted' });
  });
});

test('a person who moves live by force in the middle is left in peace', async () => {
  const stage = await newStage();
  let looks = 0;
  const theirs = { version: 3, id: 'theirs' };
  await run(stage.world, stage.pass, { model: 'digits:2', actor: 'ada' }, async ({ task }) => {
    if (task !== 'canary' || ++looks !== 3) return;
    const live = await stage.traffic.live();
    await stage.traffic.shift({ champion: theirs, weight: 0 }, live!.revision, '');
  });
  expect(await stage.traffic.live()).toMatchObject({ champion: theirs, weight: 0 });
  expect((await releaseStatus(stage.world.store, 'digits-r1')).end?.state).toMatch(/failed|rolled back/);
});
