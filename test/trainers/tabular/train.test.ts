import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readGolden } from '../../../lib/core/training/golden.ts';
import { compareOutputs } from '../../../lib/core/model/compare.ts';
import type { Job } from '../optimize/job.ts';
import { serve } from '../optimize/variants.ts';
import { dataOf, evaluated, HEADING, jobOn, provenanceOf, ROWS, type SetName, SETS, trained } from './tabular.ts';

const FILES = ['baseline.csv', 'golden.jsonl', 'labels.txt', 'metrics.json', 'model.onnx', 'provenance.json'];

const bytesOf = (job: Job): Record<string, string> =>
  Object.fromEntries(FILES.map((name) => [name, readFileSync(job.model(name), 'base64')]));

const linesOf = (job: Job, name: string): string[] => readFileSync(job.model(name), 'utf8').trimEnd().split('\n');

describe.each(Object.keys(SETS) as SetName[])('%s', (set) => {
  const job = trained(set);

  test('is right about 95 of 100 rows that it has not seen', async () => {
    const { accuracy } = await evaluated(job, set);
    expect(accuracy).toBeGreaterThanOrEqual(0.95);
  });

  test('leaves all that a version is registered with, and nothing else', () => {
    expect(readdirSync(job.model('.')).sort()).toEqual(FILES);
    const metrics = JSON.parse(job.text('metrics.json')) as Record<string, number>;
    expect(metrics).toMatchObject({ accuracy: expect.any(Number), cross_validation_accuracy_sd: expect.any(Number) });
    const rows = readFileSync(dataOf(set, 'train'), 'utf8').trimEnd().split('\n');
    expect(linesOf(job, 'baseline.csv')).toHaveLength(rows.length - metrics['rows']!);
    expect(linesOf(job, 'baseline.csv')[0]).toBe(rows[0]);
    const sha256 = createHash('sha256')
      .update(
        createHash('sha256')
          .update(readFileSync(dataOf(set, 'train')))
          .digest(),
      )
      .digest('hex');
    expect(provenanceOf(job)).toMatchObject({
      seed: 0,
      data: { sha256, rows: rows.length - 1, source: 'train.csv' },
      framework: { 'scikit-learn': '1.9.1' },
      hyperparameters: { label: SETS[set], threshold: 0.1 },
    });
  });

  test('answers in the runtime that serves it as scikit-learn does', async () => {
    const { signature } = await serve(job.model('.'), 'model.onnx', []);
    const lines = readGolden(readFileSync(job.model('golden.jsonl'), 'utf8'), signature);
    expect(lines.length).toBeGreaterThan(20);
    for (const { question, answers } of lines) {
      const [features] = (JSON.parse(question) as { inputs: [{ shape: number[]; data: number[] }] }).inputs;
      const input = { datatype: 'FP32', shape: features.shape, data: Float32Array.from(features.data) } as const;
      const { answers: came } = await serve(job.model('.'), 'model.onnx', [[input]]);
      const wanted = ['label', 'probabilities'].map((name) => answers.get(name)!);
      expect(compareOutputs(wanted, came[0]!, { absolute: 1e-5, relative: 1e-5 })).toBeUndefined();
    }
  });
});

describe('a seed', () => {
  test('that is the same gives the same bytes; another one, others', () => {
    const [first, second, other] = [trained('wine'), trained('wine'), trained('wine', { seed: '1' })];
    expect(bytesOf(second)).toEqual(bytesOf(first));
    expect(bytesOf(other)['model.onnx']).not.toBe(bytesOf(first)['model.onnx']);
  });
});

describe('what is printed', () => {
  test('can be read by the regular expressions of metrics', () => {
    const { output } = jobOn([HEADING, ...ROWS]).run();
    for (const name of ['folds:accuracy', 'folds:accuracy_sd', 'validation:accuracy', 'test:accuracy']) {
      const [, value] = new RegExp(`${name}=([0-9.e+-]+)`).exec(output) ?? [];
      expect(Number(value), name).toBeGreaterThan(0);
    }
  });
});

describe('rows that are not clean', () => {
  /** Each fault in rows of its own. */
  const spoilt = ROWS.map((line, index) => {
    const cells = line.split(',');
    if (index % 7 === 0) cells[0] = '';
    if (index % 50 === 1) cells[3] = 'oops';
    if (index % 50 === 2) cells[3] = '1_000';
    if (index % 60 === 3) cells[30] = 'NA';
    if (index % 60 === 4) cells.push('9');
    cells[5] = '7';
    return cells.join(',');
  });

  test('are counted, said and learned from', () => {
    const job = jobOn([HEADING, ...spoilt, ...spoilt.slice(5, 10)]);
    const { code, output } = job.run();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(provenanceOf(job)).toMatchObject({
      data: {
        cleaning: {
          rows: ROWS.length + 5,
          of_another_width: 7,
          without_label: 7,
          duplicates: 5,
          missing_cells: expect.any(Number),
          cells_that_are_no_numbers: 16,
          constant_columns: ['mean_compactness'],
          kept: ROWS.length - 14,
        },
      },
    });
    expect(output).toContain('7 rows have no label, and are left out.');
    expect(output).toContain("16 cells of mean_area are no numbers, such as 'oops', and are taken as missing.");
    expect(provenanceOf(job).columns_chosen).not.toContain('mean_compactness');
  });

  test('leave a model that answers rows with gaps', async () => {
    const job = jobOn([HEADING, ...spoilt]);
    expect(job.run()).toMatchObject({ code: 0 });
    const input = { datatype: 'FP32', shape: [1, 30], data: new Float32Array(30).fill(Number.NaN) } as const;
    const { answers } = await serve(job.model('.'), 'model.onnx', [[input]]);
    const [, probabilities] = answers[0]!;
    expect([...(probabilities!.data as Float32Array)].reduce((sum, each) => sum + each)).toBeCloseTo(1, 5);
  });
});

describe('tables', () => {
  test('may be several, with a byte-order mark, and columns that are left out', () => {
    const wide = (line: string, index: number) => `id${index},${line}`;
    const heading = `\uFEFFid,${HEADING}`;
    const lines = ROWS.map(wide);
    const job = jobOn([heading, ...lines.slice(0, 200)], { drop: 'id, mean_radius' }).channel('training', {
      name: 'rows2.csv',
      text: [heading, ...lines.slice(200)].join('\r\n'),
    });
    expect(job.run()).toMatchObject({ code: 0 });
    const { columns, data } = provenanceOf(job);
    expect(columns).toEqual(HEADING.split(',').slice(1, -1));
    expect(data).toMatchObject({ rows: ROWS.length, source: 'rows.csv, rows2.csv' });
  });

  test('whose labels are numbers have their classes in the order of the numbers', () => {
    const numbered = ROWS.map((line, index) => line.replace(/[a-z]+$/, String([10, 9, 100][index % 3])));
    const job = jobOn([HEADING, ...numbered], { threshold: '0' });
    expect(job.run()).toMatchObject({ code: 0 });
    expect(linesOf(job, 'labels.txt')).toEqual(['9', '10', '100']);
  });
});
