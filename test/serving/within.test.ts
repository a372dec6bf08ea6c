import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { within } from '#serving/within.ts';

const late = () => 'late';

test('work that is done in time gives what it gives', async () => {
  expect(await within(1000, sleep(5, 'done'), late)).toBe('done');
  expect(await within(0, Promise.resolve('done'), late)).toBe('done');
});

test('work that is not done in time goes on, and something else is given', async () => {
  let done = false;
  const work = sleep(40).then(() => (done = true));
  expect(await within<unknown>(10, work, late)).toBe('late');
  expect(done).toBe(false);
  await work;
  expect(done).toBe(true);
});

test('a failure in time is a failure, one that comes later is nobody’s', async () => {
  await expect(within(1000, Promise.reject(new Error('no')), late)).rejects.toThrow('no');
  const failing = sleep(10).then(() => Promise.reject(new Error('no')));
  expect(await within(1, failing, late)).toBe('late');
  await sleep(20); // an unhandled rejection would end the run
});

test('what comes instead may be an error', async () => {
  const refuse = () => {
    throw new Error('too late');
  };
  await expect(within(1, sleep(50), refuse)).rejects.toThrow('too late');
});

test('no timer is left behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await within(60_000, Promise.resolve(), late);
  expect(timers()).toBe(before);
});
