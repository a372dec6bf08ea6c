import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tuneRequestOf } from '../../bin/cli/tune-options.ts';
import { inProcess, onnward, testFolder } from './cli.ts';

const TUNING = { parameters: { rate: { from: 0.1, to: 1 } }, objective: { metric: 'accuracy' }, trials: 5, seed: 3 };
const TRAINING = { source: './trainer', channels: { training: 'rows.csv' } };
const CONFIG = { models: { iris: { training: { ...TRAINING, tuning: TUNING } } } };

describe('onnward tune refuses, before anything is begun,', () => {
  test.each<[string, readonly string[], number, string, RegExp]>([
    ['no model, where none has training', [], 2, 'usage.missing_argument', /NAME is missing/],
    ['no trials', ['iris', '--trials', '0'], 2, 'usage.not_a_number', /--trials is a whole number from 1 to 1000/],
    ['all at once', ['iris', '--parallel', '101'], 2, 'usage.not_a_number', /--parallel/],
    ['a seed of words', ['iris', '--seed', 'x'], 2, 'usage.not_a_number', /--seed/],
    [
      'a strategy of its own',
      ['iris', '--strategy', 'grid'],
      2,
      'usage.not_a_strategy',
      /random or halving, not 'grid'/,
    ],
    [
      'options for what is begun',
      ['iris-t2', '--trials', '9'],
      2,
      'usage.needless_option',
      /iris-t2 goes on as it was/,
    ],
    ['a name that none can have', ['Iris!'], 1, 'reference.invalid', /Iris!/],
    ['a store beside a stage', ['iris', '--stage', 'a', '--store', 'file:x'], 2, 'usage.either', /--stage and --store/],
  ])('%s', async (_, args, code, error, message) => {
    const told = await inProcess(['tune', ...args, '--json']);
    expect(told).toMatchObject({ code, stdout: '' });
    expect((JSON.parse(told.stderr) as { error: object }).error).toMatchObject({
      code: error,
      message: expect.stringMatching(message) as string,
    });
  });

  test.each<[string, readonly string[], string, RegExp]>([
    [
      'a model of which nothing is to be tried',
      ['digits'],
      'tuning.not_configured',
      /Nothing says what is to be tried for digits/,
    ],
    [
      'halving without a resource',
      ['iris', '--strategy', 'halving'],
      'training.options',
      /resource is needed by strategy/,
    ],
    ['a tuning that there is not', ['iris-t7'], 'training.not_found', /no training iris-t7/],
  ])('%s', async (_, args, code, message) => {
    const cwd = testFolder();
    mkdirSync(join(cwd, 'trainer'));
    writeFileSync(join(cwd, 'rows.csv'), 'a,b\n1,2\n');
    writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(CONFIG)};\n`);
    const { stdout, stderr, ...told } = await onnward(['tune', ...args, '--json'], { cwd });
    expect(told).toEqual({ code: 1 });
    expect(stdout).toBe('');
    const { error } = JSON.parse(stderr) as { error: { message: string } };
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(existsSync(join(cwd, '.onnward', 'training'))).toBe(false);
  });
});

describe('what is asked for', () => {
  const asked = (name: string, said: object = {}) =>
    tuneRequestOf({ name, ...said }, { models: { ...CONFIG.models, 'wine-t1': {} } }, 'ada');

  test.each<[string, ReturnType<typeof asked>, object]>([
    ['a model', asked('iris'), { model: 'iris', actor: 'ada' }],
    ['and why', asked('iris', { why: 'drift' }), { model: 'iris', actor: 'ada', why: 'drift' }],
    [
      'other numbers, over those of the configuration',
      asked('iris', { trials: '9', parallel: '4', strategy: 'random' }),
      {
        model: 'iris',
        actor: 'ada',
        options: { tuning: { ...TUNING, trials: 9, parallel: 4, strategy: 'random' } },
      },
    ],
    ['a tuning that is open', asked('iris-t2'), { training: 'iris-t2' }],
    ['a model that is called as a tuning is', asked('wine-t1'), { model: 'wine-t1', actor: 'ada' }],
    ['a model without a tuning, which is refused for that', asked('b', { trials: '9' }), { model: 'b', actor: 'ada' }],
  ])('is %s', (_, request, expected) => expect(request).toEqual(expected));
});
