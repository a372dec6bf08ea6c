import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareOutputs } from '../../../lib/core/model/compare.ts';
import { readGolden } from '../../../lib/core/training/golden.ts';
import { Job } from '../optimize/job.ts';
import { serve } from '../optimize/variants.ts';
import { ended, FEW, HEADING, jobOn, metricsOf, python, ROWS } from './keras.ts';

const FILES = [
  'baseline.csv',
  'golden.jsonl',
  'labels.txt',
  'metrics.json',
  'model.onnx',
  'preprocess.json',
  'provenance.json',
];

/** Asks the model, in the runtime that serves it, all that Keras was asked. */
async function expectSameAnswers(job: Job): Promise<void> {
  const { signature } = await serve(job.model('.'), 'model.onnx');
  const lines = readGolden(job.text('golden.jsonl'), signature);
  const inputs = lines.map(({ question }) => {
    const { shape, data } = (JSON.parse(question) as { inputs: [{ shape: number[]; data: number[] }] }).inputs[0];
    return [{ datatype: 'FP32', shape, data: Float32Array.from(data) } as const];
  });
  const { answers } = await serve(job.model('.'), 'model.onnx', inputs);
  expect(answers.length).toBeGreaterThan(3);
  for (const [index, { answers: wanted }] of lines.entries()) {
    const probabilities = wanted.get('probabilities')!;
    expect(compareOutputs([probabilities], answers[index]!, { absolute: 1e-4, relative: 1e-3 })).toBeUndefined();
  }
}

describe('the dense net', () => {
  const job = ended(jobOn([HEADING, ...ROWS]));

  test('leaves all that a version is registered with, in 5 epochs', async () => {
    expect(readdirSync(job.model('.')).sort()).toEqual(FILES);
    expect(metricsOf(job)).toMatchObject({ epochs: 5, parameters: 64 * 128 + 128 + 128 * 10 + 10 });
    expect(metricsOf(job)['accuracy']).toBeGreaterThan(0.9);
    expect(job.text('labels.txt')).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
    expect(JSON.parse(job.text('preprocess.json'))).toEqual([{ step: 'image' }]);
    const { signature } = await serve(job.model('.'), 'model.onnx');
    expect(signature).toMatchObject({
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 8, 8, 1] }],
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 10] }],
      unserved: [],
    });
    const rows = job.text('baseline.csv').trimEnd().split('\n');
    expect(rows[0]).toBe(HEADING);
    expect(rows).toHaveLength(882);
  });

  test('answers in the runtime that serves it as Keras does', () => expectSameAnswers(job));

  test('is the same to the byte for the same seed', () => {
    const again = ended(jobOn([HEADING, ...ROWS]));
    for (const name of FILES) expect(again.text(name) === job.text(name), name).toBe(true);
  });

  test('keeps its epochs for TensorBoard', () => {
    const history = JSON.parse(readFileSync(join(job.base, 'output/data/history.json'), 'utf8')) as Record<
      string,
      number
    >[];
    expect(history).toHaveLength(5);
    const events = JSON.parse(python('events.py', join(job.base, 'output/data/tensorboard'))) as Record<
      string,
      number[][]
    >;
    expect(Object.keys(events).sort()).toEqual([
      'training/epoch_accuracy',
      'training/epoch_loss',
      'validation/epoch_accuracy',
      'validation/epoch_loss',
    ]);
    const wanted = history.map((values, index) => [index + 1, expect.closeTo(values['validation:accuracy']!, 5)]);
    expect(events['validation/epoch_accuracy']).toEqual(wanted);
  });
});

describe('the net of convolutions', () => {
  const job = ended(jobOn([HEADING, ...FEW], { net: 'cnn', epochs: '1', learning_rate: '0.001' }));

  test('works on 128x128x3, and takes pictures as the data has them', async () => {
    const { layers } = JSON.parse(job.text('provenance.json')) as { layers: string[] };
    const kinds = layers.map((name) => name.replace(/_\d+$/, ''));
    const block = ['conv2d', 'max_pooling2d'];
    expect(kinds).toEqual([...block, ...block, ...block, 'features', 'dense', 'dense']);
    const weights = [3 * 9 * 32 + 32, 32 * 9 * 64 + 64, 64 * 9 * 128 + 128, 14 * 14 * 128 * 128 + 128, 128 * 10 + 10];
    expect(metricsOf(job)['parameters']).toBe(weights.reduce((sum, each) => sum + each));
    const { signature } = await serve(job.model('.'), 'model.onnx');
    expect(signature.inputs).toMatchObject([{ name: 'image', shape: [-1, 8, 8, 1] }]);
  });

  test('answers in the runtime that serves it as Keras does', () => expectSameAnswers(job));
});

describe('pictures', () => {
  test('are learned from where each class has a folder', async () => {
    const rows = jobOn([HEADING, ...FEW]);
    const job = new Job('keras').channel('training').hyperparameters({ side: '16', epochs: '8' });
    python('pictures.py', join(rows.base, 'input/data/training/rows.csv'), join(job.base, 'input/data/training'), '24');
    ended(job);
    const { signature } = await serve(job.model('.'), 'model.onnx');
    expect(signature.inputs).toMatchObject([{ name: 'image', shape: [-1, 16, 16, 1] }]);
    expect(metricsOf(job)['accuracy']).toBeGreaterThan(0.5);
    expect(job.text('baseline.csv').split('\n')[0]!.split(',')).toHaveLength(16 * 16 + 1);

    writeFileSync(join(job.base, 'input/data/training/3/broken.png'), 'no picture');
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toBe('3/broken.png cannot be read as a picture.');
  });

  test('too large for a baseline are means of fields in it', () => {
    const rows = jobOn([HEADING, ...FEW.slice(0, 80)]);
    const job = new Job('keras').channel('training').hyperparameters({ side: '64', epochs: '1' });
    python('pictures.py', join(rows.base, 'input/data/training/rows.csv'), join(job.base, 'input/data/training'), '64');
    ended(job);
    const [heading, first] = job
      .text('baseline.csv')
      .split('\n')
      .map((line) => line.split(','));
    expect(heading).toHaveLength(8 * 8 + 1);
    expect(first!.slice(0, -1).every((cell) => Number(cell) >= 0 && Number(cell) <= 1)).toBe(true);
  });

  test('whose white is not 1 are told of to the server', () => {
    const bytes = ROWS.map((line) => {
      const cells = line.split(',');
      return [...cells.slice(0, -1).map((cell) => String(Math.round(Number(cell) * 255))), cells.at(-1)].join(',');
    });
    const job = ended(jobOn([HEADING, ...bytes], { white: '255' }));
    expect(JSON.parse(job.text('preprocess.json'))).toEqual([{ step: 'image', scale: [0, 255] }]);
    expect(metricsOf(job)['accuracy']).toBeGreaterThan(0.9);
  });
});
