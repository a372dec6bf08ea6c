import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { answeredBy, failed, quantileMs } from './load.ts';
import { startScenario } from './scenario.ts';

const NUMBERS = { datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] };
const NUMBER = { datatype: 'FP32', shape: [1, 1], data: [1] };
const INDEX = { datatype: 'INT64', shape: [1], data: [3] };

/** Two in a million fair draws are further from what is expected. */
const SIGMAS = 4.75;

const bounds = (requests: number, share: number): [number, number] => {
  const spread = SIGMAS * Math.sqrt(requests * share * (1 - share));
  return [requests * share - spread, requests * share + spread];
};

const within = (value: number, [least, most]: [number, number]): void => {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
};

type Scenario = Awaited<ReturnType<typeof startScenario>>;

const isUp = ({ states }: Scenario) =>
  expect.poll(async () => (await states())['2'], { timeout: 20_000, interval: 50 }).toBe('READY');

const OF_CHALLENGER = /^m:2, which is being tried, did not answer/;

describe('under a fixed load', () => {
  test('weights are honoured, nobody is failed, and the counts are those of the clients', async () => {
    const scenario = await startScenario({ champion: 'identity_fp32', challenger: 'mlp_rows', input: NUMBERS });
    await scenario.split(10);
    await isUp(scenario);
    const load = scenario.load(200);
    await sleep(4000);
    await scenario.split(50);
    const shifted = performance.now();
    await sleep(4000);
    const answers = await load.stop();
    expect(failed(answers)).toEqual([]);
    expect(answers.length).toBeGreaterThan(1000);
    const before = answers.filter(({ due }) => due < shifted - 50);
    within(answeredBy(before, 2).length, bounds(before.length, 0.1));
    const after = answers.filter(({ due }) => due > shifted + 1000);
    within(answeredBy(after, 2).length, bounds(after.length, 0.5));
    await expect
      .poll(async () => {
        const { champion, challenger } = await scenario.counted();
        return [champion.requests, challenger.requests, champion.errors, challenger.errors];
      })
      .toEqual([answeredBy(answers, 1).length, answeredBy(answers, 2).length, 0, 0]);
  });

  test('a challenger goes live, and another one is taken back, without a failed request', async () => {
    const scenario = await startScenario({ champion: 'identity_fp32', challenger: 'mlp_rows', input: NUMBERS });
    const load = scenario.load(200);
    await sleep(500);
    await scenario.split(20);
    await isUp(scenario);
    await scenario.settle(1);
    const back = performance.now();
    await sleep(2000);
    await scenario.split(20);
    await isUp(scenario);
    await scenario.settle(2);
    await expect.poll(scenario.states, { timeout: 20_000 }).toEqual({ 2: 'READY' });
    const live = performance.now();
    await sleep(1000);
    const answers = await load.stop();
    expect(failed(answers)).toEqual([]);
    const between = answers.filter(({ due }) => due > back + 1000 && due < back + 2000);
    expect(answeredBy(between, 2)).toEqual([]);
    const after = answers.filter(({ due }) => due > live);
    expect(answeredBy(after, 2)).toHaveLength(after.length);
    expect(scenario.challengerPid()).toBeUndefined();
  });
});

describe('a challenger that does harm leaves the champion’s clients alone', () => {
  test('where its process is killed', async () => {
    const scenario = await startScenario({ champion: 'identity_fp32', challenger: 'heavy', input: NUMBER });
    await scenario.split(30);
    await isUp(scenario);
    const load = scenario.load(100);
    await sleep(1500);
    process.kill(scenario.challengerPid() as number, 'SIGKILL');
    await sleep(100);
    await isUp(scenario);
    const up = performance.now();
    await sleep(1500);
    const answers = await load.stop();
    const lost = failed(answers);
    for (const { status, error } of lost) expect([status, error]).toEqual([503, expect.stringMatching(OF_CHALLENGER)]);
    // A run takes tens of milliseconds: more than a few are not under way at once.
    expect(lost.length).toBeLessThan(20);
    expect(
      answeredBy(
        answers.filter(({ due }) => due > up),
        2,
      ).length,
    ).toBeGreaterThan(10);
    await expect
      .poll(async () => {
        const { champion, challenger, deaths, missed } = await scenario.counted();
        return [champion.errors, challenger.errors - missed, champion.requests, challenger.requests - missed, deaths];
      })
      .toEqual([0, lost.length, answeredBy(answers, 1).length, answeredBy(answers, 2).length + lost.length, 1]);
  });

  test('where it hangs: it is ended at its deadline, and begun again', async () => {
    const options = { champion: 'identity_fp32', challenger: 'mlp_rows', input: NUMBERS, deadlineMs: 500 };
    const scenario = await startScenario(options);
    await scenario.split(30);
    await isUp(scenario);
    const load = scenario.load(100);
    await sleep(500);
    const hanging = scenario.challengerPid() as number;
    process.kill(hanging, 'SIGSTOP');
    await expect.poll(() => scenario.challengerPid() !== hanging, { timeout: 10_000, interval: 20 }).toBe(true);
    await sleep(100);
    await isUp(scenario);
    const up = performance.now();
    await sleep(1000);
    const answers = await load.stop();
    const lost = failed(answers);
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ status }) => status))).toEqual(new Set([503, 504]));
    for (const { due, ms } of lost) {
      expect(due).toBeLessThan(up);
      expect(ms).toBeLessThan(1500);
    }
    expect((await scenario.counted()).champion.errors).toBe(0);
    await expect.poll(async () => (await scenario.counted()).deaths).toBe(1);
  });

  test('where it is slow: their answers are as quick as ever, and the counts say who is', async () => {
    const scenario = await startScenario({ champion: 'identity_fp32', challenger: 'heavy', input: NUMBER });
    await scenario.split(20);
    await isUp(scenario);
    const load = scenario.load(50);
    await sleep(4000);
    const answers = await load.stop();
    expect(failed(answers)).toEqual([]);
    const [quick, slow] = [answeredBy(answers, 1), answeredBy(answers, 2)];
    expect(quantileMs(slow, 0.5)).toBeGreaterThan(5 * quantileMs(quick, 0.5));
    await expect.poll(async () => (await scenario.counted()).challenger.requests).toBe(slow.length);
    const { champion, challenger } = await scenario.counted();
    expect(challenger.latencies.quantile(0.5)).toBeGreaterThan(10 * (champion.latencies.quantile(0.5) as number));
  });

  test('where it refuses what the champion can compute', async () => {
    const scenario = await startScenario({ champion: 'lookup', challenger: 'lookup_short', input: INDEX });
    await scenario.split(30);
    await isUp(scenario);
    const load = scenario.load(100);
    await sleep(3000);
    const answers = await load.stop();
    const refused = failed(answers);
    within(refused.length, bounds(answers.length, 0.3));
    for (const { status, error } of refused) {
      expect([status, error]).toEqual([400, expect.stringMatching(/^the model cannot compute these inputs/)]);
    }
    await expect
      .poll(async () => {
        const { champion, challenger } = await scenario.counted();
        return [champion.requests, champion.errors, challenger.requests, challenger.errors];
      })
      .toEqual([answeredBy(answers, 1).length, 0, refused.length, refused.length]);
  });
});

test('a challenger is judged without the way to its process: of two that are the same neither is slower', async () => {
  const scenario = await startScenario({ champion: 'mlp_rows', challenger: 'mlp_rows', input: NUMBERS });
  await scenario.split(50);
  await isUp(scenario);
  const load = scenario.load(200);
  await sleep(5000);
  const answers = await load.stop();
  await expect.poll(async () => (await scenario.counted()).challenger.requests).toBe(answeredBy(answers, 2).length);
  const { champion, challenger } = await scenario.counted();
  const ratio = (q: number): number =>
    (challenger.latencies.quantile(q) as number) / (champion.latencies.quantile(q) as number);
  console.log(
    `times of the challenger by those of the champion: p50 ${ratio(0.5).toFixed(2)}, p99 ${ratio(0.99).toFixed(2)}`,
  );
  expect(ratio(0.5)).toBeLessThan(1.5);
});
