import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onnward, testFolder } from './cli.ts';

/** A folder with this configuration. */
function configured(models: object): string {
  const cwd = testFolder();
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify({ models })};\n`);
  return cwd;
}

async function refused(args: readonly string[], cwd: string) {
  const { code, stdout, stderr } = await onnward([...args, '--json'], { cwd });
  return {
    code,
    stdout,
    error: (JSON.parse(stderr) as { error: { code: string; message: string; fix: string } }).error,
  };
}

const TRAINED = { training: { source: './trainer', channels: { training: 'rows.csv' } } };

describe('onnward train refuses, before anything is begun,', () => {
  test.each<[string, object, readonly string[], number, string, RegExp]>([
    ['no model with a trainer', { iris: {} }, [], 2, 'usage.missing_argument', /no model has training/],
    ['two of them', { a: TRAINED, b: TRAINED }, [], 2, 'usage.missing_argument', /a and b have training/],
    ['a trainer that is not there', { a: TRAINED }, [], 1, 'training.no_source', /no folder .*trainer/],
    ['a pair that is none', { a: TRAINED }, ['--set', 'c'], 2, 'usage.not_a_pair', /--set is NAME=VALUE/],
    ['a budget of words', { a: TRAINED }, ['--budget', 'much'], 2, 'usage.not_a_number', /--budget/],
    ['a time of nothing', { a: TRAINED }, ['--time-limit', '10'], 2, 'usage.not_a_duration', /--time-limit/],
    [
      'a channel that is not there',
      { a: TRAINED },
      ['--channel', 'more=no.csv'],
      1,
      'training.no_channel',
      /channel more/,
    ],
    ['a name that none can have', {}, ['Iris!'], 1, 'reference.invalid', /Iris!/],
    [
      'a store beside a stage',
      { a: TRAINED },
      ['--stage', 'dev', '--store', 'file:x'],
      2,
      'usage.either',
      /--stage and --store/,
    ],
  ])('%s', async (_, models, args, code, error, message) => {
    const cwd = configured(models);
    const told = await refused(['train', ...args], cwd);
    expect(told).toMatchObject({ code, stdout: '', error: { code: error, message: expect.stringMatching(message) } });
    expect(existsSync(join(cwd, '.onnward', 'training'))).toBe(false);
  });

  test('a model that nothing trains', async () => {
    const told = await refused(['train', 'iris'], configured({ iris: {} }));
    expect(told.error).toMatchObject({
      code: 'training.not_configured',
      fix: expect.stringContaining('--template tabular'),
    });
  });

  test('a training that there is not', async () => {
    const told = await refused(['train', '--resume', 'iris-t4'], configured({ iris: {} }));
    expect(told).toMatchObject({ code: 1, error: { code: 'training.not_found' } });
  });
});

describe('onnward trainings', () => {
  test('of none says what comes first', async () => {
    const { code, stdout, stderr } = await onnward(['trainings'], { cwd: configured({}) });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There is no training yet. Next: onnward train\n',
    });
    expect(JSON.parse((await onnward(['trainings', '--json'], { cwd: configured({}) })).stdout)).toEqual({
      trainings: [],
    });
  });

  test.each<[readonly string[], string]>([
    [['iris-t1'], 'training.not_found'],
    [['stop'], 'usage.missing_argument'],
    [['stop', 'iris-t1'], 'training.not_found'],
    [['iris', 'iris-t1'], 'usage.extra_argument'],
  ])('%j is refused with %s', async (args, code) => {
    expect((await refused(['trainings', ...args], configured({}))).error.code).toBe(code);
  });
});

test('onnward release without a name means the one model with gates', async () => {
  expect((await refused(['release'], configured({ iris: {} }))).error).toMatchObject({
    code: 'usage.missing_argument',
    message: expect.stringContaining('no model has gates'),
  });
});

describe('onnward init --template', () => {
  test.each([
    [
      'tabular',
      'cancer',
      [
        'data/train.csv',
        'data/heldout.csv',
        'example.csv',
        'trainer/train.py',
        'trainer/requirements.txt',
        'trainer/Dockerfile',
      ],
    ],
    [
      'image',
      'digits',
      [
        'data/train.csv',
        'data/heldout.csv',
        'example.png',
        'trainer/train.py',
        'trainer/requirements.txt',
        'trainer/Dockerfile',
      ],
    ],
  ])('%s gives a configuration that is read as it stands, real data and a trainer', async (template, model, files) => {
    const cwd = testFolder();
    mkdirSync(join(cwd, 'below'));
    const { code, stdout, stderr } = await onnward(['init', '--template', template, '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Next: onnward train\nThen: onnward release\n' });
    const written = (JSON.parse(stdout) as { files: string[] }).files;
    for (const file of ['onnward.config.ts', ...files]) {
      expect(written).toContain(file);
      expect(existsSync(join(cwd, file))).toBe(true);
    }
    expect(readFileSync(join(cwd, 'onnward.config.ts'), 'utf8')).toContain(`    ${model}: {`);
    // Held-out rows and gates are looked at when a configuration is read.
    expect((await refused(['release', model], cwd)).error.code).toBe('model.not_found');
  });
});
