import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Finished, Laptop, type Started } from './support/laptop.ts';
import { readDocument } from '#core/training/store.ts';
import { progressOf, trainingStatus } from '#core/training/trainings.ts';

/*
 * Tunings as a person runs them: the command, its function, supervisors and trainers are processes of this machine, and the
 * trainer learns from real rows.
 */

const TUNE = ['tune', 'wine'];

const json = ({ stdout, stderr }: Finished) => {
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as { readonly trials: readonly Record<string, unknown>[] } & Record<string, unknown>;
};

/** What each trial tried, and what came of it, to a millionth. */
const triedIn = async (laptop: Laptop) =>
  (await laptop.table()).map(({ trial, hyperparameters, outcome }) => [
    trial,
    hyperparameters,
    outcome?.state,
    outcome?.objective?.toFixed(6),
  ]);

function signal({ process: command }: Started, name: NodeJS.Signals): void {
  process.kill(-(command.pid as number), name);
}

test('five trials of a real trainer, two at once: the best is registered, and says how it was found', async () => {
  const laptop = await Laptop.open({ trials: 5, parallel: 2 });
  const tuned = await laptop.run(TUNE);
  expect(tuned, tuned.stderr).toMatchObject({ code: 0 });
  const trials = await laptop.table();
  expect(trials.map(({ outcome }) => outcome?.state)).toEqual(Array.from({ length: 5 }, () => 'trained'));
  const losses = trials.map(({ outcome }) => outcome!.objective!);
  const best = losses.indexOf(Math.min(...losses)) + 1;
  const lines = tuned.stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^trial {2}validation:loss {2}rate +l2 +seconds {2}state$/);
  expect(lines[1]).toMatch(new RegExp(`^${best} +0\\.\\d+ .* trained$`));
  expect(lines.at(-1)).toBe('wine:1');
  expect(tuned.stderr).toContain('wine-t1  tunes wine: the least of validation:loss, 5 trials, 2 at once, seed 1\n');
  expect(tuned.stderr).toMatch(/ {2}trial 1 {5}rate 0\.136741, l2 0\.00489472\n/);
  expect(tuned.stderr).toMatch(/ {2}trial 1 {5}validation:loss 0\.\d+ after \d+ s, the best so far\n/);
  expect(tuned.stderr).toContain(`  best        Trial ${best} is the best of 5: validation:loss `);
  expect(tuned.stderr).toMatch(/ {2}export {6}31 answers of the framework are that of the model/);
  expect(tuned.stderr).toMatch(/Next: onnward alias wine live 1\n$/);
  const manifest = await laptop.registry.manifest('wine', 1);
  expect(manifest.metrics!['validation:loss']).toBe(losses[best - 1]);
  expect(manifest.metrics!['accuracy']).toBeGreaterThan(0.9);
  expect(manifest.provenance['tuning']).toHaveLength(5);
  expect(manifest.provenance['training']).toBe(`wine-t1-${best}`);
  const listed = await laptop.run(['trainings', '--json']);
  expect(json(listed)['trainings']).toHaveLength(1);
});

test('halving gives the best third more, and --json says all', async () => {
  const laptop = await Laptop.open({
    strategy: 'halving',
    resource: { parameter: 'epochs', from: 4, to: 36 },
    trials: 4,
    parallel: 3,
  });
  const tuned = await laptop.run([...TUNE, '--json']);
  expect(tuned, tuned.stderr).toMatchObject({ code: 0, stderr: '' });
  const { state, end, trials } = json(tuned);
  expect({ state, end }).toMatchObject({ state: 'registered', end: { version: 1 } });
  const byTrial = trials.toSorted((a, b) => Number(a['trial']) - Number(b['trial']));
  expect(byTrial.map(({ hyperparameters }) => (hyperparameters as { epochs: number }).epochs)).toEqual([
    4, 4, 4, 4, 36,
  ]);
  expect(trials[0]).toMatchObject({ trial: 5, state: 'trained' });
});

test('killed in the middle, with its trainers running on, it goes on with no trial twice', async () => {
  const whole = await Laptop.open({ trials: 5, parallel: 3 }, { epochs: 15 });
  await whole.run(TUNE);
  const laptop = await Laptop.open({ trials: 5, parallel: 2 }, { epochs: 15, seconds: 0.1 });
  const first = laptop.start(TUNE);
  await laptop.there('training/wine-t1-3/submit.json', first);
  signal(first, 'SIGKILL');
  expect(await first.finished).toMatchObject({ code: null });
  expect(await laptop.isRunning(3)).toBe(true);
  const tuned = await laptop.run(TUNE);
  expect(tuned, tuned.stderr).toMatchObject({ code: 0 });
  expect(await triedIn(laptop)).toEqual(await triedIn(whole));
  const attempts = await Promise.all(
    [1, 2, 3, 4, 5].map(async (trial) => (await readDocument(laptop.store, `wine-t1-${trial}`, 'result'))?.attempts),
  );
  expect(attempts).toEqual([1, 1, 1, 1, 1]);
  expect(await laptop.registry.versions('wine')).toEqual([1]);
});

test('a Ctrl-C stops the trainers, and the same words go on from their checkpoints', async () => {
  const laptop = await Laptop.open({ trials: 3, parallel: 2 }, { epochs: 40, seconds: 0.2 });
  const first = laptop.start(TUNE);
  await laptop.there('training/wine-t1-2/submit.json', first);
  for (const trial of [1, 2]) {
    const id = `wine-t1-${trial}`;
    while (((await progressOf(laptop.store, id))?.checkpoint ?? '') === '') await sleep(50);
  }
  signal(first, 'SIGINT');
  const stopped = await first.finished;
  expect(stopped, stopped.stderr).toMatchObject({ code: 130 });
  expect(stopped.stderr).toMatch(
    /You stopped it, and wine-t1 is open.*\n {2}fix: {2}Run `onnward tune wine-t1` to go on/,
  );
  for (const trial of [1, 2]) while (await laptop.isRunning(trial)) await sleep(50);
  expect((await laptop.table()).map(({ outcome }) => outcome)).toEqual([undefined, undefined]);

  const refused = await laptop.run([...TUNE, '--trials', '9']);
  expect(refused, refused.stderr).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('training.under_way') as string,
  });

  const tuned = await laptop.run(TUNE);
  expect(tuned, tuned.stderr).toMatchObject({ code: 0 });
  const result = await readDocument(laptop.store, 'wine-t1-1', 'result');
  expect(result).toMatchObject({ outcome: 'succeeded', attempts: 2 });
  const whole = await Laptop.open({ trials: 3, parallel: 3 }, { epochs: 40 });
  await whole.run(TUNE);
  expect(await triedIn(laptop)).toEqual(await triedIn(whole));
});

test('a trainer that fails is a row of the table; where the first three do, the tuning ends with what they say', async () => {
  const laptop = await Laptop.open({ trials: 4, parallel: 1, parameters: { rate: { values: [0.1, 'none', 1] } } });
  const tuned = await laptop.run(TUNE);
  expect(tuned, tuned.stderr).toMatchObject({ code: 0 });
  expect(tuned.stderr).toMatch(
    / {2}trial \d {5}failed after \d+ s: ValueError: could not convert string to float: 'none'/,
  );
  expect((await laptop.table()).filter(({ outcome }) => outcome?.state === 'failed')).toHaveLength(1);

  const broken = await Laptop.open({ trials: 9, parallel: 2 }, { epochs: 'many' });
  const failed = await broken.run(TUNE);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stderr).toMatch(
    /error: wine-t1 has failed: The first \d trials have failed, and none has not\. Trial 1: /,
  );
  expect(failed.stderr).toMatch(/invalid literal for int\(\) with base 10: 'many'/);
  expect(failed.stderr).toMatch(/code: tuning\.trials_failed/);
  expect((await broken.table()).length).toBeLessThanOrEqual(4);
});

test('a tuning that is stopped takes its trainers along', async () => {
  const laptop = await Laptop.open({ trials: 4, parallel: 2 }, { epochs: 600, seconds: 0.1 });
  const first = laptop.start(TUNE);
  await laptop.there('training/wine-t1-2/progress.json', first);
  const stopped = await laptop.run(['trainings', 'stop', 'wine-t1', '--reason', 'wrong data']);
  expect(stopped, stopped.stderr).toMatchObject({ code: 0 });
  const ended = await first.finished;
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('code: training.stopped') as string });
  expect(await trainingStatus(laptop.store, 'wine-t1')).toMatchObject({ state: 'stopped' });
  for (const trial of [1, 2]) while (await laptop.isRunning(trial)) await sleep(50);
  expect((await laptop.table()).map(({ outcome }) => outcome?.state)).toEqual(['stopped', 'stopped']);
});
