import { describe, expect, test } from 'vitest';
import { readTraining } from '#core/training/store.ts';
import { stopTuning } from '#core/training/tuning/stop.ts';
import { runTuneTask } from '#core/training/tuning/tasks.ts';
import { reportFailure } from '../../bin/cli/failure.ts';
import { followTuning } from '../../bin/cli/tune-follow.ts';
import { reportTuning } from '../../bin/cli/tune-report.ts';
import { METRIC } from '../core/training/tuning/support/jobs.ts';
import { newStage, run, type Stage, type StageOptions, TUNING } from '../core/training/tuning/support/stage.ts';
import { captured } from './cli.ts';

const ID = 'iris-t1';

const follow = (stage: Stage, signal = AbortSignal.abort()) =>
  captured(async () => {
    await followTuning(stage.world.store, ID, signal);
    return 0;
  });

const report = ({ world: { store } }: Stage, { json = false, config = {} } = {}) =>
  captured(async () => {
    try {
      await reportTuning({ store, where: '', config }, ID, json);
      return 0;
    } catch (error) {
      return reportFailure(error, json);
    }
  });

async function tuned(options: StageOptions = {}): Promise<Stage> {
  const stage = await newStage(options);
  await run(stage);
  return stage;
}

describe('who follows a tuning', () => {
  test('is told each trial as it begins and ends, and what was made of the best', async () => {
    const stage = await tuned({
      tuning: { ...TUNING, trials: 3 },
      behave: ({ training }, good) =>
        training.endsWith('-2') ? { ...good, failure: 'Traceback\n  File "train.py"\nValueError: no' } : good,
    });
    const { stderr, stdout } = await follow(stage);
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([
      `iris-t1  tunes iris: the most of ${METRIC}, 3 trials, 2 at once, seed 7`,
      '  trial 1     rate 0.00338692, layers 2',
      '  trial 2     rate 3.13425, layers 2',
      '  trial 3     rate 0.00172952, layers 2',
      `  trial 1     ${METRIC} 0.82298 after 10 s, the best so far`,
      '  trial 2     failed after 10 s: ValueError: no',
      `  trial 3     ${METRIC} 0.793793 after 10 s`,
      `  best        Trial 1 is the best of 3: ${METRIC} 0.82298 with rate 0.00338692, layers 2.`,
      expect.stringMatching(/^ {2}export {6}3 answers of the framework are that of the model/),
      '  register    version 1',
      '',
    ]);
  });

  test('hears of rounds, of what is stopped, and of why it ends early', async () => {
    const halving = await tuned({
      tuning: { ...TUNING, trials: 4, strategy: 'halving', resource: { parameter: 'epochs', from: 1, to: 3 } },
    });
    const told = (await follow(halving)).stderr;
    expect(told).toContain(`the most of ${METRIC}, 4 trials in the first of 2 rounds, 2 at once`);
    expect(told).toMatch(/ {2}trial 5 {5}trial 4 with more: rate 0\.205783, layers 1, epochs 3\n/);
    const early = await tuned({ tuning: { ...TUNING, trials: 20, objective: { metric: METRIC, goal: 'maximize' } } });
    expect((await follow(early)).stderr).toMatch(
      / {2}trial \d+ +stopped after \d s: it is behind half of the others after \d values of validation:accuracy\n/,
    );
  });

  test('waits for its end', async () => {
    const stage = await newStage({ tuning: { ...TUNING, trials: 2 } });
    let following: ReturnType<typeof follow> | undefined;
    await run(stage, undefined, ({ task }) => {
      if (task === 'tune step') following ??= follow(stage, new AbortController().signal);
    });
    expect((await following)?.stderr).toContain('register    version 1');
  });
});

describe('at the end', () => {
  test('the best stands first, and the next step last', async () => {
    const stage = await tuned({ tuning: { ...TUNING, trials: 3 } });
    expect(await report(stage)).toEqual({
      code: 0,
      stdout: [
        `trial  ${METRIC}  rate        layers  seconds  state`,
        '1      0.82298              0.00338692  2       10.0     trained',
        '2      0.820387             3.13425     2       10.0     trained',
        '3      0.793793             0.00172952  2       10.0     trained',
        'iris:1',
        '',
      ].join('\n'),
      stderr: 'Next: onnward alias iris live 1\n',
    });
    const gated = await report(stage, { config: { models: { iris: { gates: [] } } } });
    expect(gated.stderr).toBe('Next: onnward release iris:1\n');
  });

  test('--json says the same, and all of it', async () => {
    const { stdout } = await report(await tuned({ tuning: { ...TUNING, trials: 2 } }), { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      training: { training: ID, kind: 'tune' },
      state: 'registered',
      end: { version: 1 },
      trials: [
        { trial: 1, hyperparameters: { rate: 0.00338692, layers: 2 }, state: 'trained', seconds: 10 },
        { trial: 2, state: 'trained' },
      ],
    });
  });

  test('a tuning without a winner is no success, and says what to do', async () => {
    const failed = await tuned({ behave: (_, good) => ({ ...good, failure: 'ValueError: no' }) });
    const told = await report(failed);
    expect(told).toMatchObject({ code: 1, stdout: expect.stringMatching(/^trial .*\n1 +- .* failed\n/) as string });
    expect(told.stderr).toMatch(/error: iris-t1 has failed: The first \d trials have failed/);
    expect(told.stderr).toMatch(/fix: {2}Run `onnward trainings iris-t1-1` .*code: tuning\.trials_failed/s);
  });

  test('one that is open says how to go on, and one that was stopped by whom', async () => {
    const stage = await newStage();
    await runTuneTask(stage.world, { task: 'tune open', execution: 'x', input: { model: 'iris' } });
    expect(await report(stage)).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'error: iris-t1 is under way.',
        '  fix:  Run `onnward tune iris-t1` to go on with it.',
        '  code: training.open',
        '',
      ].join('\n'),
    });
    const training = await readTraining(stage.world.store, ID);
    await stopTuning(stage.world, training, { actor: 'ada', reason: 'wrong data' });
    expect((await report(stage)).stderr).toMatch(
      /^error: iris-t1 was stopped: Stopped by ada: wrong data\n.*code: training\.stopped\n$/s,
    );
  });
});
