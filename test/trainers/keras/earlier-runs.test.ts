import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job } from '../optimize/job.ts';
import { digitOf, ended, FEW, HEADING, jobOn, metricsOf, python, ROWS } from './keras.ts';

const below = (limit: number, lines: readonly string[]): string[] =>
  lines.filter((line) => Number(digitOf(line)) < limit);

const convolutions = (job: Job): string[] => JSON.parse(python('convolutions.py', job.model('model.onnx'))) as string[];

const kept = ({ base }: Job): string => join(base, 'output/data/model.keras');

describe('transfer', () => {
  const first = ended(jobOn([HEADING, ...FEW], { net: 'cnn', epochs: '1', learning_rate: '0.001' }));

  test('takes the layers of the first run as they are, and gives them another end', () => {
    const others = below(4, FEW);
    const job = ended(jobOn([HEADING, ...others], { net: 'transfer', epochs: '1' }).channel('pretrained', kept(first)));
    expect(job.text('labels.txt')).toBe('0\n1\n2\n3\n');
    expect(convolutions(job)).toHaveLength(3);
    expect(convolutions(job)).toEqual(convolutions(first));
  });

  test('needs a net that takes such pictures', () => {
    const job = jobOn([HEADING, ...FEW], { net: 'transfer' });
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toMatch(/^The channel 'pretrained' has no \.keras file/);

    job.channel('pretrained', { name: 'model.keras', text: 'none' });
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toMatch(/^model\.keras of the channel 'pretrained' is no net of Keras/);

    job.channel('pretrained', kept(ended(jobOn([HEADING, ...FEW], { epochs: '1' }))));
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toBe('The pretrained net takes pictures of (8, 8, 1), and these are (128, 128, 3).');
  });
});

describe('a teacher', () => {
  const teacher = ended(jobOn([HEADING, ...ROWS]));

  test('is learned from besides the labels', () => {
    const small = { units: '8', epochs: '3', seed: '1' };
    const alone = ended(jobOn([HEADING, ...ROWS], small));
    const job = jobOn([HEADING, ...ROWS], { ...small, teacher: 'true' }).channel(
      'teacher',
      teacher.model('model.onnx'),
    );
    const { code, output } = job.run();
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^The teacher is right about 0\.9\d+ /m),
    });
    expect(metricsOf(job)['parameters']).toBe(metricsOf(alone)['parameters']);
    expect(metricsOf(job)['log_loss']).not.toBe(metricsOf(alone)['log_loss']);
  });

  test('with no share in the loss changes nothing', () => {
    const values = { units: '8', epochs: '2' };
    const alone = ended(jobOn([HEADING, ...FEW], values));
    const unheard = jobOn([HEADING, ...FEW], { ...values, teacher: 'true', teacher_share: '0' });
    expect(metricsOf(ended(unheard.channel('teacher', teacher.model('model.onnx'))))).toEqual(metricsOf(alone));
  });

  test('has to know the same classes', () => {
    const job = jobOn([HEADING, ...below(4, ROWS)], { teacher: 'true' });
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toMatch(/^The channel 'teacher' has no \.onnx file/);
    job.channel('teacher', teacher.model('model.onnx'));
    expect(job.run()).toMatchObject({ code: 1 });
    expect(job.failure).toBe('The teacher knows 10 classes, and there are 4.');
  });
});
