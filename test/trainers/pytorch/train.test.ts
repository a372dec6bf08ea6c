import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportDifference } from '../../../bench/trainers/export-difference.ts';
import { Job } from '../optimize/job.ts';
import { EPOCHS, jobOf, jobOn, LINES, metricsOf, trained } from './trainer.ts';

const [HEADING = '', ...ROWS] = LINES;

describe('a training on the diabetes rows', () => {
  let job: Job;
  let output = '';
  beforeAll(() => {
    job = jobOf();
    const ended = job.run();
    output = ended.output;
    expect(ended).toMatchObject({ code: 0 });
  });

  test('leaves a model and all that a version is registered with', () => {
    expect(readdirSync(job.model('.')).sort()).toEqual([
      'baseline.csv',
      'golden.jsonl',
      'metrics.json',
      'model.onnx',
      'provenance.json',
    ]);
    expect(JSON.parse(job.text('provenance.json'))).toMatchObject({
      seed: 0,
      data: {
        rows: 309,
        source: 'train.csv',
        training: 185,
        validation: 62,
        test: 62,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      framework: { torch: expect.stringMatching(/^2\.15\.0/), onnxscript: '0.7.2' },
      processes: 1,
      columns: ['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'],
    });
  });

  test('answers in the units of the data, as PyTorch did', async () => {
    const { questions, absolute, relative } = await exportDifference(job.model('.'));
    expect(questions).toBe(62);
    expect(absolute).toBeLessThan(1e-3);
    expect(relative).toBeLessThan(1e-5);
    expect(metricsOf(job)['rmse']).toBeGreaterThan(40);
  });

  test('is measured on rows that it has not seen, beside a straight line', () => {
    const { rmse = 0, mae = 0, r2 = 0, linear_rmse = 0, rows } = metricsOf(job);
    expect(rows).toBe(62);
    expect(mae).toBeLessThan(rmse);
    expect(rmse).toBeLessThan(1.15 * linear_rmse);
    expect(r2).toBeGreaterThan(0.3);
  });

  test('tells of each epoch, for tuning and for people', () => {
    const losses = [
      ...output.matchAll(
        /^epoch=(\d+); train:loss=([0-9.]+); validation:rmse=([0-9.]+); validation:r2=(-?[0-9.]+);$/gm,
      ),
    ];
    expect(losses.map(([, epoch]) => Number(epoch))).toEqual(Array.from({ length: EPOCHS }, (_, index) => index + 1));
    expect(Number(losses.at(-1)?.[2])).toBeLessThan(Number(losses[0]?.[2]));
    expect(output).toMatch(/^test:rmse=[0-9.]+; test:mae=[0-9.]+; test:r2=/m);
  });

  test('keeps the rows that it has learned from, and no others', () => {
    const [heading, ...rows] = job.text('baseline.csv').trimEnd().split('\n');
    expect(heading).toBe(HEADING);
    expect(rows).toHaveLength(185);
    const known = new Set(ROWS.map((row) => row.split(',').map(Number).join()));
    for (const row of rows) expect(known).toContain(row.split(',').map(Number).join());
  });

  test('leaves events for TensorBoard', () => {
    const folder = join(job.base, 'output/data/tensorboard');
    const [file = ''] = readdirSync(folder);
    expect(file).toMatch(/^events\.out\.tfevents\./);
    expect(readFileSync(join(folder, file)).toString('latin1').split('validation/rmse')).toHaveLength(EPOCHS + 1);
  });

  test('comes out the same, byte by byte, and otherwise with another seed', () => {
    const [again, other] = [trained(), trained({ seed: '1' })];
    for (const name of readdirSync(job.model('.'))) expect(again.text(name)).toBe(job.text(name));
    expect(other.text('model.onnx')).not.toBe(job.text('model.onnx'));
    expect(metricsOf(other)).not.toEqual(metricsOf(job));
  });
});

test('cells that are missing are as good as the mean of their column, in the graph, too', async () => {
  const job = jobOn([HEADING, ...ROWS.map((row, index) => (index % 5 === 0 ? row.replace(/^[^,]*,/, ',') : row))], {
    epochs: '4',
  });
  expect(job.run()).toMatchObject({ code: 0 });
  expect((await exportDifference(job.model('.'))).relative).toBeLessThan(1e-5);
  expect(job.text('baseline.csv')).toMatch(/^,/m);
});

test('rows without a target are left out', () => {
  const job = jobOn([HEADING, ...ROWS.map((row, index) => (index < 9 ? row.replace(/[^,]*$/, 'NA') : row))]);
  const { code, output } = job.run();
  expect(code, output).toBe(0);
  expect(output).toContain("9 rows have no 'progression', and are left out.");
  expect(JSON.parse(job.text('provenance.json'))).toMatchObject({ data: { rows: 300 } });
});

describe('a training fails, and says why', () => {
  test.each([
    ['no rows', () => new Job('pytorch'), /^The channel 'training' has no \.csv file/],
    [
      'another label',
      () => jobOn(LINES, { label: 'disease' }),
      /^rows\.csv has no column 'disease', which the hyperparameter label names; it has age, sex/,
    ],
    [
      'text',
      () => jobOn([HEADING, ...ROWS.slice(0, 40), ROWS[41]!.replace(/^\d+/, 'old')]),
      /^rows\.csv, line 42: 'old' in column age is no number/,
    ],
    [
      'too large a number',
      () => jobOn([HEADING, ROWS[0]!.replace(/^\d+/, '1e39')]),
      /^rows\.csv, line 2: '1e39' in column age is no number that 32 bits hold/,
    ],
    [
      'a row that is too short',
      () => jobOn([HEADING, '1,2,3']),
      /^rows\.csv, line 2, has 3 cells, and the heading 11\.$/,
    ],
    [
      'too few rows',
      () => jobOn(LINES.slice(0, 8)),
      /^There are 7 rows with a number in 'progression', and 20 is the least/,
    ],
    ['an empty file', () => jobOn([]), /^rows\.csv has no column 'progression'.*it has none\.$/],
    [
      'nothing to learn from',
      () => jobOn(['progression', ...ROWS.map(() => '1')]),
      /^rows\.csv needs columns besides 'progression'/,
    ],
    ['columns of one name', () => jobOn([HEADING.replace('sex', 'age'), ...ROWS]), /each with a name of its own/],
    [
      'other columns in another file',
      () => jobOn(LINES).channel('training', { name: 'second.csv', text: 'age,progression\n1,2\n' }),
      /^second\.csv has other columns than the files before it: age\.$/,
    ],
    [
      'steps that are too large',
      () => jobOf({ learning_rate: '9' }),
      /^The loss of epoch \d+ is nan: .* Lower learning_rate\.$/,
    ],
    ['an unknown hyperparameter', () => jobOf({ layers: '3' }), /^There is no hyperparameter 'layers'/],
  ])('%s', (_, make, failure) => {
    const job = make();
    const { code, output } = job.run();
    expect(code, output).toBe(1);
    expect(job.failure).toMatch(failure);
    expect(output.trimEnd().split('\n').at(-1)).toBe(job.failure);
  });
});
