import { once } from 'node:events';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job } from '../optimize/job.ts';
import { ended, FEW, HEADING, jobOn, metricsOf, python, ROWS } from './keras.ts';

/** Starts it, and ends it by the signal once a line says so. */
async function stoppedAt(job: Job, sign: RegExp, signal: NodeJS.Signals): Promise<unknown[]> {
  const child = job.start();
  const close = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (sign.test(output) && !child.killed) child.kill(signal);
  });
  return close;
}

/** Another host: nothing is there but the checkpoints. */
function moved(from: Job, to: Job): Job {
  cpSync(join(from.base, 'checkpoints'), join(to.base, 'checkpoints'), { recursive: true });
  return to;
}

describe.each([
  ['dense', () => jobOn([HEADING, ...ROWS], { epochs: '8' }), 5],
  ['cnn', () => jobOn([HEADING, ...FEW], { epochs: '3', net: 'cnn', learning_rate: '0.001' }), 1],
] as const)('%s', (_, job, epoch) => {
  const whole = ended(job());

  test('killed in the middle and its disk lost, it ends as it would have', async () => {
    const lost = job();
    expect(await stoppedAt(lost, new RegExp(`epoch=${epoch};`), 'SIGKILL')).toEqual([null, 'SIGKILL']);
    const other = moved(lost, job());
    const { code, output } = other.run();
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/Goes on behind epoch [1-9]/) });
    expect(metricsOf(other)).toEqual(metricsOf(whole));
    expect(other.text('model.onnx') === whole.text('model.onnx')).toBe(true);
    const events = ({ base }: Job): string => python('events.py', join(base, 'output/data/tensorboard'));
    expect(events(other)).toBe(events(whole));
  });
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends it within an epoch, with a checkpoint and no model', async (signal, code) => {
  const job = jobOn([HEADING, ...ROWS], { epochs: '1000' });
  expect(await stoppedAt(job, /epoch=2;/, signal)).toEqual([code, null]);
  expect(readdirSync(join(job.base, 'checkpoints')).filter((name) => name.endsWith('.npz'))).toHaveLength(2);
  expect({ failure: job.failure, model: existsSync(job.model('model.onnx')) }).toEqual({
    failure: undefined,
    model: false,
  });
});

test('a checkpoint of other hyperparameters is left alone, one of fewer epochs is not', () => {
  const short = ended(jobOn([HEADING, ...FEW], { epochs: '2' }));
  const other = moved(short, jobOn([HEADING, ...FEW], { epochs: '2', units: '64' }));
  expect(other.run().output).toContain('epoch-0002.npz is of other hyperparameters, and is left alone.');
  const longer = moved(short, jobOn([HEADING, ...FEW], { epochs: '4' }));
  expect(longer.run().output).toContain('Goes on behind epoch 2, from epoch-0002.npz.');
  const once = ended(jobOn([HEADING, ...FEW], { epochs: '4' }));
  expect(metricsOf(longer)).toEqual(metricsOf(once));
});
