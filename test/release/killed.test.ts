import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { releaseStatus } from '#core/release/releases.ts';
import { type Finished, Laptop, OPTIONS, type Started } from './support/laptop.ts';

/*
 * The command and all its processes are killed as soon as a document of the release is there, and run again. Recorded
 * questions are the traffic, so that it takes no server. walk.test.ts does the same at each effect, in one process.
 */

const GOLDEN = {
  ...OPTIONS,
  approval: {},
  canary: [{ weight: 50, bake: '2s' }],
  judge: { goldenTraffic: true, errorMargin: 0.1, minimumRequests: 36 },
};

/** In the order in which they come about; behind the wait somebody has approved it. */
const BEFORE = ['request', 'verify', 'evaluation/plan', 'evaluation', 'gates', 'waits/1'];
const BEHIND = [
  'decisions/1',
  'publish',
  'warm-up',
  'canary',
  'canary/0/began',
  'canary/0/looks/1',
  'canary/0/ended',
  'live',
  'end',
];

const RELEASE = ['release', 'digits:2'];
const APPROVE = ['approve', 'digits-r1', '--reason', 'looked at it'];

let model: Laptop;
beforeAll(async () => {
  model = await Laptop.with(['champion', 'better'], GOLDEN);
});
afterAll(() => model.close());

function newLaptop(): Laptop {
  const laptop = model.copy();
  onTestFinished(() => laptop.close());
  return laptop;
}

/** Whether it was killed in time: the last documents come right before the command's end. */
async function killedAt(laptop: Laptop, { process: command, finished }: Started, document: string): Promise<boolean> {
  const path = laptop.object(`releases/digits-r1/${document}.json`);
  while (!existsSync(path) && command.exitCode === null) await sleep(2);
  if (command.exitCode === null) process.kill(-(command.pid as number), 'SIGKILL');
  const { code, stderr } = await finished;
  expect(existsSync(path), stderr).toBe(true);
  return code === null;
}

/** What is left is that of a release that nobody disturbed. */
async function expectWhole(laptop: Laptop, ended: Finished): Promise<void> {
  const { store, registry } = await laptop.open();
  expect(await releaseStatus(store, 'digits-r1'), ended.stderr).toMatchObject({ state: 'live' });
  const live = await registry.alias('digits', 'live');
  expect(live).toMatchObject({ version: 2, target: '2', release: 'digits-r1' });
  expect(live).not.toHaveProperty('challenger');
  expect(await registry.alias('digits', 'previous')).toMatchObject({ version: 1 });
  const history = await Array.fromAsync(registry.history('digits'));
  const ends = history.filter(({ action }) => action === 'release');
  expect(ends.map(({ release, state }) => [release, state])).toEqual([['digits-r1', 'live']]);
  const verified = await laptop.run(['verify', 'digits']);
  expect(verified).toMatchObject({ code: 0, stdout: 'Nothing was touched in digits.\n' });
}

test.each(BEFORE)('killed at %s, and run again', async (document) => {
  const laptop = newLaptop();
  expect(await killedAt(laptop, laptop.start(RELEASE), document)).toBe(true);
  const waiting = await laptop.run(RELEASE);
  expect(waiting, waiting.stderr).toMatchObject({ code: 1, stderr: expect.stringContaining('release.waiting') });
  const approved = await laptop.run(APPROVE);
  expect(approved, approved.stderr).toMatchObject({ code: 0, stdout: 'digits:2 is live.\n' });
  await expectWhole(laptop, approved);
});

test.each(BEHIND)('killed at %s, once it was approved, and run again', async (document) => {
  const laptop = newLaptop();
  await laptop.run(RELEASE);
  const killed = await killedAt(laptop, laptop.start(APPROVE), document);
  const again = await laptop.run(document === 'end' ? ['watch', 'digits-r1'] : RELEASE);
  expect(again, again.stderr).toMatchObject({ code: 0, stdout: 'digits:2 is live.\n' });
  if (document !== 'end') expect(killed).toBe(true);
  await expectWhole(laptop, again);
});
