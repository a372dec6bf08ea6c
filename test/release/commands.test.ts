import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { releaseStatus } from '#core/release/releases.ts';
import { type Finished, Laptop, OPTIONS } from './support/laptop.ts';

/* What a person does to releases, by the commands, in processes of their own. */

/** Minutes long, and nobody asks: it waits in its first bake. */
const LONG = { ...OPTIONS, canary: [{ weight: 10, bake: '10m' }] };

let model: Laptop;
beforeAll(async () => {
  model = await Laptop.with(['champion', 'better', 'equal'], OPTIONS);
});
afterAll(() => model.close());

function laptopWith(options: object): Laptop {
  const laptop = model.copy();
  laptop.configure(options);
  onTestFinished(() => laptop.close());
  return laptop;
}

const jsonOf = ({ stdout, stderr }: Finished): Record<string, unknown> => {
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as Record<string, unknown>;
};

const errorOf = ({ stderr }: Finished) =>
  (JSON.parse(stderr) as { error: { code: string; message: string; fix?: string } }).error;

const liveOf = async (laptop: Laptop) => (await laptop.open()).registry.alias('digits', 'live');

/** Begins a release and comes back when its bake has begun. */
async function baking(laptop: Laptop, ref = 'digits:2') {
  const started = laptop.start(['release', ref, '--json']);
  const { store } = await laptop.open();
  while (!(await store.get('releases/digits-r1/canary/0/began.json'))) {
    if (started.process.exitCode !== null) throw new Error((await started.finished).stderr);
    await sleep(50);
  }
  return started;
}

describe('a release that waits for approval', () => {
  const options = { ...OPTIONS, approval: {} };

  test('is approved: exit code 1 as long as it waits, 0 once it is live', async () => {
    const laptop = laptopWith(options);
    const waiting = await laptop.run(['release', 'digits:2', '--json']);
    expect(waiting.code).toBe(1);
    expect(jsonOf(waiting)).toMatchObject({ release: 'digits-r1', state: 'waiting', wait: { kind: 'approval' } });
    expect(errorOf(waiting)).toMatchObject({
      code: 'release.waiting',
      fix: expect.stringContaining('onnward approve'),
    });
    expect(await liveOf(laptop)).toMatchObject({ version: 1 });
    const approved = await laptop.run(['approve', 'digits-r1', '--reason', 'looked at it', '--json']);
    expect(approved).toMatchObject({ code: 0, stderr: '' });
    expect(jsonOf(approved)).toMatchObject({
      state: 'live',
      decision: { decision: 'approve', reason: 'looked at it' },
    });
    expect(await liveOf(laptop)).toMatchObject({ version: 2 });
    const again = await laptop.run(['approve', 'digits-r1', '--reason', 'once more', '--json']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(errorOf(again)).toMatchObject({ code: 'release.ended' });
  });

  test('is rejected, which is what was asked for: exit code 0', async () => {
    const laptop = laptopWith(options);
    await laptop.run(['release', 'digits:2']);
    const rejected = await laptop.run(['reject', 'digits-r1', '--reason', 'too soon']);
    expect(rejected).toMatchObject({ code: 0, stdout: 'digits:2 is rejected.\n' });
    const shown = await laptop.run(['releases', '--json']);
    expect(jsonOf(shown)).toMatchObject({ releases: [{ release: 'digits-r1', state: 'rejected' }] });
    expect(await liveOf(laptop)).toMatchObject({ version: 1 });
  });

  test('is in the way of another version, and not of itself', async () => {
    const laptop = laptopWith(options);
    await laptop.run(['release', 'digits:2']);
    const other = await laptop.run(['release', 'digits:3', '--json']);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(errorOf(other)).toMatchObject({ code: 'release.under_way', fix: expect.stringContaining('digits-r1') });
    const same = await laptop.run(['release', 'digits:2', '--json']);
    expect(errorOf(same)).toMatchObject({ code: 'release.waiting' });
    expect(jsonOf(await laptop.run(['releases', '--json']))['releases']).toHaveLength(1);
  });
});

describe('a release that bakes', () => {
  test('is aborted by another terminal: all traffic goes back, and both commands say so', async () => {
    const laptop = laptopWith(LONG);
    const { finished } = await baking(laptop);
    expect(await liveOf(laptop)).toMatchObject({ version: 1, challenger: 2, weight: 10 });
    const aborted = await laptop.run(['abort', 'digits-r1', '--reason', 'the wrong file', '--json']);
    expect(aborted).toMatchObject({ code: 0, stderr: '' });
    expect(jsonOf(aborted)).toMatchObject({ state: 'aborted', abort: { reason: 'the wrong file', by: 'person' } });
    expect(await liveOf(laptop)).toMatchObject({ version: 1 });
    expect(await liveOf(laptop)).not.toHaveProperty('challenger');
    const released = await finished;
    expect(released.code).toBe(1);
    expect(errorOf(released)).toMatchObject({ code: 'release.aborted' });
    console.log(`abort: ${Math.round(aborted.ms)} ms, the whole command`);
  });

  test('ends with a rollback of its model', async () => {
    const laptop = laptopWith(LONG);
    const { finished } = await baking(laptop);
    const back = await laptop.run(['rollback', 'digits', '--reason', 'odd answers', '--json']);
    expect(jsonOf(back)).toMatchObject({ from: { version: 2 }, to: { version: 1 } });
    expect(errorOf(await finished)).toMatchObject({ code: 'release.aborted' });
    expect(await liveOf(laptop)).not.toHaveProperty('challenger');
  });

  test('is left by Ctrl-C, says what to do, and goes on by the same command', async () => {
    const laptop = laptopWith(LONG);
    const started = await baking(laptop);
    started.process.kill('SIGINT');
    const left = await started.finished;
    expect(left).toMatchObject({ code: 130, stdout: '' });
    expect(left.stderr).toContain('"code":"release.interrupted"');
    expect(left.stderr).toContain('Run the same command again to go on, or `onnward abort digits-r1 --reason …`');
    expect(await liveOf(laptop)).toMatchObject({ challenger: 2, weight: 10 });
    const again = laptop.start(['release', 'digits:2']);
    await sleep(2500);
    expect(again.process.exitCode).toBeNull();
    await laptop.run(['abort', 'digits-r1', '--reason', 'enough']);
    const ended = await again.finished;
    expect(ended.stderr).toContain('step 1: 10 % of the requests');
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/code: release\.aborted\n$/) });
    expect((await (await laptop.open()).registry.alias('digits', 'live'))?.version).toBe(1);
  });
});

test('of two that begin at once one is refused', async () => {
  const laptop = laptopWith({ ...OPTIONS, approval: {} });
  const both = await Promise.all([2, 3].map((version) => laptop.run(['release', `digits:${version}`, '--json'])));
  const codes = both.map((each) => errorOf(each).code).sort();
  expect(codes).toEqual(['release.under_way', 'release.waiting']);
  expect(jsonOf(await laptop.run(['releases', '--json']))['releases']).toHaveLength(1);
});

test('a rollback is done within a second of its call, and is told in the history', async () => {
  const laptop = laptopWith(OPTIONS);
  const released = await laptop.run(['release', 'digits:2', '--why', 'more images']);
  expect(released, released.stderr).toMatchObject({ code: 0 });
  expect(await liveOf(laptop)).toMatchObject({ version: 2 });
  const back = await laptop.run(['rollback', 'digits', '--reason', 'wrong units', '--json']);
  expect(back.code).toBe(0);
  const { ms } = jsonOf(back) as { ms: number };
  expect(ms).toBeLessThan(1000);
  console.log(`rollback: ${ms} ms from the call until live points back, ${Math.round(back.ms)} ms the whole command`);
  expect(await liveOf(laptop)).toMatchObject({ version: 1 });
  const { stdout } = await laptop.run(['history', 'digits']);
  expect(stdout).toMatch(/digits-r1: version 2 is live/);
  expect(stdout).toContain('wrong units');
  const again = await laptop.run(['rollback', 'digits', '--json']);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(errorOf(again)).toMatchObject({ code: 'rollback.nothing' });
  const { store } = await laptop.open();
  expect(await releaseStatus(store, 'digits-r1')).toMatchObject({ state: 'live' });
});
