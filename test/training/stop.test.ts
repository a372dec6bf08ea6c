import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDocument } from '#core/training/store.ts';
import { isThere, Place } from './support/place.ts';
import { waiting } from './support/trainers.ts';

const pidIn = async (place: Place): Promise<number> => Number((await place.printed(/^pid \d+$/)).slice(4));

async function begun(place: Place, atTerm: string, options = {}): Promise<number> {
  await place.jobs.submit(await place.training(waiting(atTerm), options));
  await place.printed('waiting');
  return pidIn(place);
}

/** No process of the job is left. */
async function expectNothing(place: Place, trainer: number): Promise<void> {
  const { pid } = await place.supervisor();
  await expect.poll(() => isThere(pid) || isThere(trainer), { timeout: 10_000 }).toBe(false);
}

const LEAVES = `open(model + '/weights.txt', 'w').write('so far'); sys.exit(0)`;

describe('a training that is stopped', () => {
  test('has the time to leave what it has', async () => {
    const place = await Place.open();
    const trainer = await begun(place, LEAVES.replace('sys.exit(0)', 'sys.exit(1)'));
    const stopped = performance.now();
    await place.stop('enough');
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    expect(performance.now() - stopped).toBeLessThan(20_000);
    expect(await place.result()).toMatchObject({ outcome: 'stopped', model: [{ path: 'weights.txt' }] });
    await expectNothing(place, trainer);
  });

  test('and ignores SIGTERM is killed in the end', async () => {
    const place = await Place.open({ graceSeconds: 2 });
    const trainer = await begun(place, `print('no', flush=True)`);
    const stopped = performance.now();
    await place.stop('enough');
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    expect(performance.now() - stopped).toBeGreaterThan(2_000);
    expect(await place.result()).toMatchObject({ outcome: 'stopped', exitCode: 137 });
    await expectNothing(place, trainer);
  });

  test('before its trainer has begun ends as well', async () => {
    const place = await Place.open();
    const training = await place.training(waiting('sys.exit(0)'));
    await place.jobs.submit(training);
    await place.stop('never mind');
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    const { pid } = await place.supervisor();
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
  });

  test('where its supervisor was killed is not begun again', async () => {
    const place = await Place.open();
    const trainer = await begun(place, 'sys.exit(0)');
    const { pid } = await place.supervisor();
    process.kill(pid, 'SIGKILL');
    await place.stop('enough');
    expect(await place.ended()).toMatchObject({ state: 'failed', attempts: 1, reason: 'It was stopped: enough' });
    await expectNothing(place, trainer);
  });

  test('twice is stopped once, and after its end not at all', async () => {
    const place = await Place.open();
    await begun(place, LEAVES);
    await Promise.all([place.stop('enough'), place.stop('enough')]);
    const ended = await place.ended();
    await place.jobs.stop('digits-t1', 'too late');
    // The supervisor adds its last milliseconds as it goes.
    expect(await place.jobs.status('digits-t1')).toEqual({ ...ended, seconds: expect.closeTo(ended.seconds ?? 0, 1) });
  });
});

describe('a training that is only paused', () => {
  test('has no result, and goes on from its checkpoints where it is submitted again', async () => {
    const place = await Place.open();
    const script = waiting(`open(checkpoints + '/state', 'w').write('paused'); sys.exit(1)`).replace(
      "print('pid'",
      `
if os.path.exists(checkpoints + '/state'):
    print('goes on:', open(checkpoints + '/state').read())
    sys.exit(0)
print('pid'`,
    );
    const training = await place.training(script);
    await place.jobs.submit(training);
    const trainer = await pidIn(place);
    await place.jobs.stop('digits-t1', 'the command was interrupted');
    expect(await place.ended()).toMatchObject({
      state: 'failed',
      reason: 'It was stopped: the command was interrupted',
    });
    expect(await readDocument(place.store, 'digits-t1', 'result')).toBeUndefined();
    await expectNothing(place, trainer);
    const checkpoints = () => Array.fromAsync(place.store.list('checkpoints/'));
    expect(await checkpoints()).not.toEqual([]);
    const { seconds = 0 } = (await place.jobs.status('digits-t1')) ?? {};
    await place.jobs.submit(training);
    const ended = await place.ended();
    expect(ended).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(ended.seconds).toBeGreaterThan(seconds);
    expect((await place.progress())?.lines).toContain('goes on: paused');
    // Nothing goes on from what has ended.
    await expect.poll(checkpoints, { timeout: 10_000 }).toEqual([]);
  });

  test('may be submitted again while it is on its way to its end', async () => {
    const place = await Place.open();
    const script = waiting(`time.sleep(1); open(checkpoints + '/state', 'w').write('x'); sys.exit(1)`).replace(
      "print('pid'",
      `
if os.path.exists(checkpoints + '/state'): sys.exit(0)
print('pid'`,
    );
    const training = await place.training(script);
    await place.jobs.submit(training);
    await pidIn(place);
    await place.jobs.stop('digits-t1', 'the command was interrupted');
    await place.jobs.submit(training);
    expect(await place.supervisor()).toMatchObject({ attempts: 1 });
    expect(await place.ended()).toMatchObject({ state: 'succeeded', attempts: 2 });
  });
});

describe('a machine that goes down', () => {
  test('has the training go on when it is up again', async () => {
    const place = await Place.open();
    const trainer = await begun(place, 'sys.exit(0)');
    const { pid } = await place.supervisor();
    process.kill(pid, 'SIGTERM');
    await expectNothing(place, trainer);
    expect(await readDocument(place.store, 'digits-t1', 'result')).toBeUndefined();
    expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'running', attempts: 2 });
  });
});

describe('a time limit', () => {
  test('ends it, though nobody looks', async () => {
    const place = await Place.open();
    const trainer = await begun(place, LEAVES.replace('sys.exit(0)', 'sys.exit(1)'), { timeLimit: '3s' });
    const result = await place.eventually(() => readDocument(place.store, 'digits-t1', 'result'));
    expect(result).toMatchObject({ outcome: 'stopped', model: [{ path: 'weights.txt' }] });
    expect(await readDocument(place.store, 'digits-t1', 'stop')).toMatchObject({
      actor: 'limits',
      reason: 'it has run for longer than its time limit, 3s',
    });
    await expectNothing(place, trainer);
    expect(existsSync(place.records.workingFolder('digits-t1'))).toBe(true);
  });

  test('holds for all attempts together', async () => {
    const place = await Place.open();
    await begun(place, 'sys.exit(1)', { timeLimit: '6s' });
    const { startedAt, pid } = await place.supervisor();
    process.kill(pid, 'SIGKILL');
    expect(await place.eventually(() => place.jobs.status('digits-t1'))).toMatchObject({ attempts: 2 });
    expect(await place.ended()).toMatchObject({ state: 'failed', attempts: 2 });
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });
});
