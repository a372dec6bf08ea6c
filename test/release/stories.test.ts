import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { observed, type TrafficSnapshot } from '#adapters/local/traffic/snapshot.ts';
import { readDocument } from '#core/documents.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { listening } from '../bin/cli.ts';
import { answeredBy, failed } from '../release-load/load.ts';
import { type Digits, type Finished, Laptop, OPTIONS } from './support/laptop.ts';
import { type LiveOptions, LiveTraffic } from './support/traffic.ts';

/* One command each, beside a server that real requests reach at a fixed rate, on real digits. */

interface Story {
  readonly model: Digits;
  /** Of the model, besides the held-out rows and gates. */
  readonly options: object;
  readonly live?: Omit<LiveOptions, 'url'>;
  /** While it is under way. */
  readonly meanwhile?: (laptop: Laptop) => Promise<void>;
}

const CANARY = [
  { weight: 40, bake: '1h' },
  { weight: 50, bake: '1h' },
];
const BAKE = '4s';

/** Releases a version while people ask, and gives what they, the server and the registry have seen of it. */
async function tell({ model, options, live = { rate: 300 }, meanwhile }: Story) {
  const laptop = await Laptop.with(['champion', model], { ...OPTIONS, canary: CANARY, ...options });
  onTestFinished(() => laptop.close());
  const server = await listening(['dev', '--json'], { cwd: laptop.folder });
  onTestFinished(async () => {
    server.kill('SIGINT');
    await server.ended;
  });
  const traffic = new LiveTraffic({ url: server.url, ...live });
  const { finished } = laptop.start(['release', 'digits:2', '--bake', BAKE], 60);
  await meanwhile?.(laptop);
  const released = await finished;
  await sleep(500);
  const answers = await traffic.stop();
  const { store, registry } = await laptop.open();
  const record = await registry.alias('digits', 'live');
  const status = await releaseStatus(store, 'digits-r1');
  const counts = await countedOf(laptop);
  sayTime(model, status.state, released, answers.length);
  return { laptop, released, answers, record, status, counts, traffic };
}

/** What the server has counted, of all states of the record together. */
async function countedOf(laptop: Laptop) {
  const { store } = await laptop.open();
  const snapshots: TrafficSnapshot[] = [];
  for await (const { key } of store.list('releases/digits-r1/traffic/')) {
    snapshots.push((await readDocument<TrafficSnapshot>(store, key)) as TrafficSnapshot);
  }
  return { champion: observed(snapshots, 'champion'), challenger: observed(snapshots, 'challenger') };
}

const sayTime = (what: string, state: string, { ms }: Finished, requests: number): void =>
  console.log(`${what}: ${state} after ${(ms / 1000).toFixed(1)} s, beside ${requests} requests`);

/** Whoever the champion answers is answered. */
function expectUnharmed({ answers, counts }: Awaited<ReturnType<typeof tell>>, harmed: number): void {
  expect(counts.champion.errors).toBe(0);
  expect(failed(answers)).toHaveLength(harmed);
  expect(answers.length).toBeGreaterThan(100);
}

describe('under a minute, beside live requests,', () => {
  test('a better version goes live, and nobody is failed', async () => {
    const told = await tell({ model: 'better', options: {} });
    expectLive(told);
    expect(told.record).toMatchObject({ version: 2, target: '2', release: 'digits-r1' });
    expect(told.record).not.toHaveProperty('challenger');
    expectUnharmed(told, 0);
    expect(answeredBy(told.answers, 2).length).toBeGreaterThan(764);
    expect(told.counts.challenger.requests).toBeGreaterThanOrEqual(764);
  });

  test('an equal one is promoted where not being worse is enough', async () => {
    const told = await tell({ model: 'equal', options: {} });
    expectLive(told);
    expect(told.record).toMatchObject({ version: 2 });
    expectUnharmed(told, 0);
  });

  test('an equal one is held where a gain is asked for, and nothing is sent to it', async () => {
    const gates = [{ gate: 'better', metric: 'accuracy' }, OPTIONS.gates[0]];
    const told = await tell({ model: 'equal', options: { gates } });
    expect(told.released).toMatchObject({ code: 1, stderr: expect.stringMatching(/code: release\.waiting\n$/) });
    expect(told.status).toMatchObject({ state: 'waiting', wait: { of: 'gates', kind: 'hold' } });
    expect(told.record).toMatchObject({ version: 1 });
    expect(answeredBy(told.answers, 1)).toHaveLength(told.answers.length);
  });

  test('a worse one is rejected by the gate, and nothing is sent to it', async () => {
    const told = await tell({ model: 'worse', options: {} });
    expect(told.released).toMatchObject({ code: 1, stderr: expect.stringMatching(/code: release\.rejected\n$/) });
    expect(told.status.end).toMatchObject({ state: 'rejected', reason: expect.stringContaining('accuracy') });
    expect(answeredBy(told.answers, 1)).toHaveLength(told.answers.length);
  });

  test('one that is slow live is rolled back by the canary', async () => {
    const canary = [{ weight: 15, bake: '1h' }];
    const told = await tell({ model: 'slow', options: { canary }, live: { rate: 100, border: 250 } });
    expectRolledBack(told, /p\d\d of the challenger/);
    expectUnharmed(told, 0);
  });

  test('one that fails live is rolled back by the canary; the champion’s clients do not notice', async () => {
    const told = await tell({ model: 'failing', options: {}, live: { rate: 200, border: 16 } });
    expectRolledBack(told, /failed/);
    const lost = failed(told.answers);
    expect(lost.length).toBeGreaterThan(0);
    for (const { status, error } of lost) {
      expect([status, error]).toEqual([400, expect.stringMatching(/^the model cannot compute these inputs/)]);
    }
    expectUnharmed(told, told.counts.challenger.errors);
    expect(told.counts.challenger.requests).toBe(told.counts.challenger.errors);
  });

  test('one that is wrong live is rolled back by the canary, from the truth that comes back', async () => {
    // Each receipt is a file, synchronised with the disk.
    const live = { rate: 80, border: 16, feedback: true };
    const told = await tell({ model: 'wrong', options: { feedback: true }, live });
    expectRolledBack(told, /right/);
    expectUnharmed(told, 0);
    expect(told.traffic.accepted).toBe(told.answers.length);
    const { champion, challenger } = told.counts;
    expect(champion.correct / champion.labelled).toBeGreaterThan(0.8);
    expect(challenger.correct / challenger.labelled).toBeLessThan(0.3);
  });
});

function expectLive({ released }: Awaited<ReturnType<typeof tell>>): void {
  expect(released, released.stderr).toMatchObject({ code: 0, stdout: 'digits:2 is live.\n' });
  expect(released.ms).toBeLessThan(60_000);
}

function expectRolledBack({ released, status, record }: Awaited<ReturnType<typeof tell>>, why: RegExp): void {
  expect(released).toMatchObject({ code: 1, stderr: expect.stringMatching(/code: release\.rolled_back\n$/) });
  expect(released.ms).toBeLessThan(60_000);
  expect(status.end).toMatchObject({ state: 'rolled back', reason: expect.stringMatching(why) });
  expect(record).toMatchObject({ version: 1, target: '1' });
  expect(record).not.toHaveProperty('challenger');
}
