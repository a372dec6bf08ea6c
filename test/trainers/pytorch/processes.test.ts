import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixedRendezvous, rendezvousFile } from '#core/training/contract/rendezvous.ts';
import { freePort } from '../../support/free-port.ts';
import type { Job } from '../optimize/job.ts';
import { checkpointsOf, elsewhere, EPOCHS, jobOf, metricsOf, stopped, trained } from './trainer.ts';

/** Sums over two processes are made in another order than over one: digits of 32 bits differ, and no more. */
const RELATIVE = 1e-5;

const KILLED_AFTER = 5;

/** Processes that have lost the one that began them end within that. */
const ENDED_AFTER_MS = 3000;

let whole: Job;
beforeAll(() => {
  whole = trained();
});

function expectAlike(job: Job, other = whole) {
  const [ours, theirs] = [metricsOf(job), metricsOf(other)];
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  for (const [name, value] of Object.entries(ours))
    expect(Math.abs(value / (theirs[name] ?? 0) - 1)).toBeLessThan(RELATIVE);
}

describe('two processes', () => {
  test('learn what one learns, and one of them leaves it', () => {
    const job = trained({ processes: '2' });
    expectAlike(job);
    expect(JSON.parse(job.text('provenance.json'))).toMatchObject({ processes: 2 });
    expect(checkpointsOf(job)).toEqual(checkpointsOf(whole));
  });

  test('share batches that are smaller than they are many', () => {
    const [alone, three] = [
      trained({ batch_size: '2', epochs: '1' }),
      trained({ batch_size: '2', epochs: '1', processes: '3' }),
    ];
    expect(metricsOf(three)['rmse']).toBeCloseTo(metricsOf(alone)['rmse'] ?? 0, 2);
  });

  test('fail as one does, and the reason is the last line', () => {
    const job = jobOf({ processes: '2', learning_rate: '9' });
    const { code, output } = job.run();
    expect(code).toBe(1);
    expect(job.failure).toMatch(/^The loss of epoch \d+ is nan/);
    expect(output.trimEnd().split('\n').at(-1)).toBe(job.failure);
  });
});

describe('two machines', () => {
  const resources = (current: string, all: readonly string[]) =>
    JSON.stringify({ current_host: current, hosts: all, network_interface_name: 'lo' });

  test.each([
    ['by what SageMaker writes', ['127.0.0.1', '127.0.0.2'], () => ''],
    [
      'by names that nobody knows, and what is written for torchrun',
      ['algo-1', 'algo-2'],
      (rank: number) =>
        rendezvousFile({ hosts: ['127.0.0.1', '127.0.0.1'], current: '127.0.0.1', rank, networkInterface: 'lo' }),
    ],
  ])('that find each other %s learn what one process learns', async (_, names, rendezvous) => {
    const port = await freePort();
    const jobs = names.map((name, rank) =>
      jobOf().config('resourceconfig.json', resources(name, names)).config('rendezvous.env', rendezvous(rank)),
    );
    const codes = await Promise.all(
      jobs.map(
        (job) =>
          new Promise((resolve) =>
            job
              .start({ ...fixedRendezvous({ training: 'diabetes-t1' }, 2, 0), MASTER_PORT: `${port}` })
              .once('exit', resolve),
          ),
      ),
    );
    expect(codes).toEqual([0, 0]);
    const [first, second] = jobs as [Job, Job];
    expectAlike(first);
    // The first one alone leaves something.
    expect(readdirSync(second.base)).toEqual(['input']);
  });
});

describe('the loss of a machine', () => {
  test('costs nothing but time', async () => {
    const lost = jobOf();
    expect(await stopped(lost, KILLED_AFTER, 'SIGKILL')).toMatchObject({ code: null });
    const job = elsewhere(lost);
    const { code, output } = job.run();
    expect(code, output).toBe(0);
    const [, epoch] = /^Goes on after epoch (\d+), from its checkpoint\.$/m.exec(output) ?? [];
    expect(Number(epoch)).toBeGreaterThanOrEqual(KILLED_AFTER - 1);
    expect(output).not.toContain('epoch=1;');
    expect(job.text('model.onnx')).toBe(whole.text('model.onnx'));
  });

  test('of two processes ends both, and another two go on', async () => {
    const lost = jobOf({ processes: '2', epochs: '100000' });
    expect(await stopped(lost, KILLED_AFTER, 'SIGKILL')).toMatchObject({ code: null });
    await setTimeout(ENDED_AFTER_MS);
    const kept = checkpointsOf(lost);
    await setTimeout(ENDED_AFTER_MS);
    expect(checkpointsOf(lost)).toEqual(kept);
    const last = Number(/\d+/.exec(kept.at(-1) ?? '')?.[0]);
    const epochs = `${last + 3}`;
    const job = elsewhere(lost, { processes: '2', epochs });
    const { code, output } = job.run();
    expect(code, output).toBe(0);
    expect(output).toContain(`Goes on after epoch ${last}, from its checkpoint.`);
    expectAlike(job, trained({ epochs }));
  });

  test('in the middle of a checkpoint takes the one before', async () => {
    const lost = jobOf();
    await stopped(lost, KILLED_AFTER, 'SIGKILL');
    const job = elsewhere(lost);
    const newest = checkpointsOf(job).at(-1) ?? '';
    truncateSync(join(job.base, 'checkpoints', newest), 1000);
    const { output } = job.run();
    expect(output).toContain(`${newest} cannot be read, and is passed over`);
    expect(job.text('model.onnx')).toBe(whole.text('model.onnx'));
  });

  test('checkpoints of another training are passed over', () => {
    const job = elsewhere(whole, { seed: '1' });
    expect(job.run().output).toContain(`epoch-0000${EPOCHS}.pt is of another training, and is passed over.`);
    expect(job.text('model.onnx')).not.toBe(whole.text('model.onnx'));
  });

  test('what has ended can go on for more epochs', () => {
    const job = elsewhere(whole, { epochs: `${EPOCHS + 2}` });
    expect(job.run().output).toContain(`Goes on after epoch ${EPOCHS}`);
    expect(job.text('model.onnx')).toBe(trained({ epochs: `${EPOCHS + 2}` }).text('model.onnx'));
  });
});

test.each(['1', '2'])('a stop of %s processes ends them, and leaves no model', async (processes) => {
  const job = jobOf({ processes, epochs: '100000' });
  const { code, lines } = await stopped(job, KILLED_AFTER, 'SIGTERM');
  expect(code).toBe(143);
  expect(lines).toContain('Stopped by SIGTERM.');
  expect(checkpointsOf(job).length).toBeGreaterThan(0);
  expect(readdirSync(job.base).sort()).toEqual(['checkpoints', 'input']);
});
