import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readCanary } from '#core/release/canary/records.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { listening } from '../bin/cli.ts';
import { Laptop, OPTIONS } from '../release/support/laptop.ts';
import { inferenceRequest } from './client.ts';
import { answeredBy, failed, Load } from './load.ts';

/** What `slow` computes for seconds, and `champion` in a moment: evaluation and golden questions have no such row. */
const SLOW = { name: 'pixels', datatype: 'FP32', shape: [1, 64], data: [5000, ...Array.from({ length: 63 }, () => 0)] };

/** More than a challenger's queue holds until the second look. */
const RATE = 250;

test('a challenger that is far too slow for what clients send goes back at the first looks, full queue or not', async () => {
  const options = { ...OPTIONS, canary: [{ weight: 50, bake: '8s' }] };
  const laptop = await Laptop.with(['champion', 'slow'], options);
  const server = await listening(['dev', '--json'], { cwd: laptop.folder });
  onTestFinished(async () => {
    server.kill('SIGINT');
    await server.ended;
    laptop.close();
  });
  const request = inferenceRequest('digits', JSON.stringify({ inputs: [SLOW] }));
  const load = new Load({ url: server.url, request, rate: RATE });
  const released = await laptop.run(['release', 'digits:2', '--json']);
  const { store, registry } = await laptop.open();
  const back = performance.now();
  await sleep(1500);
  const answers = await load.stop();

  expect(released.code, released.stderr).toBe(1);
  expect(await releaseStatus(store, 'digits-r1')).toMatchObject({ state: 'rolled back' });
  expect(await registry.alias('digits', 'live')).toMatchObject({ version: 1 });
  const [step] = (await readCanary(store, { release: 'digits-r1', options })).steps;
  expect(step?.ended).toMatchObject({ verdict: 'reject' });
  expect(step!.looks.length).toBeLessThanOrEqual(3);
  const found = step!.ended!.results.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
  expect(found).toContain('latency of the challenger, p50');
  const { challenger, champion } = step!.looks.at(-1)!.live;
  console.log(
    `rolled back after look ${step!.looks.length}: ${challenger.requests} requests of the challenger, ` +
      `${challenger.errors} errors; ${step!.ended!.reason}`,
  );
  expect(challenger.requests).toBeGreaterThan(0.2 * champion.requests);
  expect(champion.errors).toBe(0);
  const after = answers.filter(({ due }) => due > back + 1000);
  expect(failed(after)).toEqual([]);
  expect(answeredBy(after, 1)).toHaveLength(after.length);
});
