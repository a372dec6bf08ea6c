import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalJobs } from '#adapters/local/training/local-jobs.ts';
import { modelPrefix } from '#core/training/keys.ts';
import { isThere, Place } from './support/place.ts';
import { PLAIN, waiting } from './support/trainers.ts';

describe('a training of this machine', () => {
  test('leaves its model, its metrics and a result', async () => {
    const place = await Place.open();
    const training = await place.training(PLAIN, {
      hyperparameters: { value: 'é', rate: 0.1 },
      metrics: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+);' }],
    });
    const before = Date.now();
    expect(await place.jobs.submit(training)).toBe('digits-t1');
    const status = await place.ended();
    expect(status).toEqual({ state: 'succeeded', attempts: 1, seconds: expect.any(Number) as number });
    expect(status.seconds).toBeGreaterThan(0);
    expect(status.seconds).toBeLessThanOrEqual((Date.now() - before) / 1000);
    expect(await place.result()).toMatchObject({
      outcome: 'succeeded',
      exitCode: 0,
      metrics: { accuracy: 0.75 },
      model: [{ path: 'weights.txt', size: 2 }],
    });
    expect(await place.model('weights.txt')).toBe('é');
    const { lines = [] } = (await place.progress()) ?? {};
    expect(lines[0]).toBe(`arguments ['train'] hyperparameters {"rate": "0.1", "value": "\\u00e9"}`);
  });

  test('clears up behind itself', async () => {
    const place = await Place.open();
    const training = await place.training(`import other\n${PLAIN}`);
    writeFileSync(place.path('source of digits-t1/other.py'), '');
    await place.jobs.submit(training);
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
    const { pid } = await place.supervisor();
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
    expect(existsSync(place.records.workingFolder('digits-t1'))).toBe(false);
    expect(readdirSync(place.path('source of digits-t1')).sort()).toEqual(['other.py', 'requirements.txt', 'train.py']);
  });

  test('ends what its trainer has left behind, though it has a session of its own and holds the output', async () => {
    const place = await Place.open();
    const script = `
import subprocess, sys
print('worker', subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True).pid)`;
    await place.jobs.submit(await place.training(script));
    const worker = Number((await place.printed(/^worker \d+$/)).slice('worker '.length));
    expect(isThere(worker)).toBe(true);
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
    await expect.poll(() => isThere(worker), { timeout: 10_000 }).toBe(false);
  });

  test('needs nobody to look at it, and nobody to be there', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training(PLAIN));
    expect(await place.eventually(async () => (await place.result().catch(() => undefined))?.outcome)).toBe(
      'succeeded',
    );
  });

  test('that is asked for many times at once is one', async () => {
    const place = await Place.open();
    const training = await place.training(waiting('sys.exit(0)'));
    const { store, folder, cacheFolder } = place;
    const others = Array.from({ length: 4 }, () => new LocalJobs({ store, folder, cacheFolder }));
    const jobs = await Promise.all([place.jobs, place.jobs, ...others].map((each) => each.submit(training)));
    expect(new Set(jobs)).toEqual(new Set(['digits-t1']));
    expect(await place.supervisor()).toMatchObject({ attempts: 1 });
    const { pid } = await place.supervisor();
    await place.jobs.submit(training);
    expect(await place.supervisor()).toMatchObject({ attempts: 1, pid });
    expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'running', attempts: 1 });
  });

  test('nobody knows of is undefined', async () => {
    const place = await Place.open();
    expect(await place.jobs.status('digits-t9')).toBeUndefined();
    await place.jobs.stop('digits-t9', 'for no reason');
  });

  test('lies where paths have spaces, quotes and letters of all kinds', async () => {
    const name = `my “models” & 'ünïcode' $HOME 模型`;
    const place = await Place.open({ name });
    const apart = await Place.open({ name, cacheFolder: join(place.folder, 'the cache') });
    mkdirSync(apart.path('data of ours'), { recursive: true });
    writeFileSync(apart.path('data of ours/a b.txt'), 'ä');
    const script = `${PLAIN}
print(open(os.environ['SM_CHANNEL_TRAINING'] + '/a b.txt').read())
os.makedirs(model + '/größe 1'); open(model + '/größe 1/ü.txt', 'w').write('x')`;
    const channels = { training: `file:${apart.path('data of ours')}/` };
    await apart.jobs.submit(await apart.training(script, { channels }));
    expect(await apart.ended()).toEqual({ state: 'succeeded', attempts: 1, seconds: expect.any(Number) as number });
    const { model } = await apart.result();
    expect(model.map(({ path }) => path)).toEqual(['größe 1/ü.txt', 'weights.txt']);
  });

  test('may leave a thousand files', async () => {
    const place = await Place.open();
    const script = `${PLAIN}
for index in range(1000):
    folder = f'{model}/{index % 10}'
    os.makedirs(folder, exist_ok=True)
    open(f'{folder}/{index}.bin', 'wb').write(b'x' * index)`;
    await place.jobs.submit(await place.training(script));
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
    const { model } = await place.result();
    expect(model).toHaveLength(1001);
    expect(model.reduce((sum, { size }) => sum + size, 0)).toBe((999 * 1000) / 2 + 4);
    const stored = await Array.fromAsync(place.store.list(modelPrefix('digits-t1')));
    expect(stored).toHaveLength(1001);
  });
});

describe('a trainer that fails', () => {
  test('is told of by its own last lines', async () => {
    const place = await Place.open();
    const script = `print('loading')\nraise ValueError('the column “digit” is missing')\n`;
    await place.jobs.submit(await place.training(script));
    const { state, reason } = await place.ended();
    expect([state, reason]).toEqual(['failed', expect.stringContaining('ValueError: the column “digit” is missing')]);
    expect(await place.result()).toMatchObject({ outcome: 'failed', exitCode: 1, failure: reason });
    const log = join(place.records.workingFolder('digits-t1'), 'output/trainer.log');
    expect(readFileSync(log, 'utf8')).toMatch(/^loading\nTraceback [^]*ValueError/);
  });

  test('is told of by what it says itself, where it does', async () => {
    const place = await Place.open();
    const script = `
import os, sys
open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('The data have no rows.')
sys.exit(3)`;
    await place.jobs.submit(await place.training(script));
    expect(await place.ended()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('The data have no rows.') as string,
    });
    expect(await place.result()).toMatchObject({ exitCode: 3 });
  });

  test('by a signal is told of as a shell does', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training('import os\nos.kill(os.getpid(), 11)\n'));
    await place.ended();
    expect(await place.result()).toMatchObject({ outcome: 'failed', exitCode: 139 });
  });

  test('is not begun again', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training('raise SystemExit(1)'));
    expect(await place.ended()).toMatchObject({ state: 'failed', attempts: 1 });
    expect(await place.jobs.status('digits-t1')).toMatchObject({ state: 'failed', attempts: 1 });
  });

  test('for want of data never begins', async () => {
    const place = await Place.open();
    const training = await place.training(PLAIN, { channels: { training: `file:${place.path('nowhere.csv')}` } });
    await place.jobs.submit(training);
    const { state, reason } = await place.ended();
    expect([state, reason]).toEqual(['failed', expect.stringContaining('nowhere.csv')]);
  });
});

describe('what a trainer prints', () => {
  /** All of its output, and how long it took, ms. */
  async function printed(script: string): Promise<{ place: Place; log: Buffer; ms: number }> {
    const place = await Place.open();
    const metrics = [{ name: 'accuracy', regex: 'accuracy=([0-9.]+);' }];
    // It fails in the end, so that its log is kept.
    const training = await place.training(`import sys\n${script}\nsys.exit(1)`, { metrics });
    const started = performance.now();
    await place.jobs.submit(training);
    await place.ended();
    const log = join(place.records.workingFolder('digits-t1'), 'output/trainer.log');
    return { place, log: readFileSync(log), ms: performance.now() - started };
  }

  test('may be a million lines', async () => {
    const { place, log, ms } = await printed(`
for index in range(1_000_000): sys.stdout.write(f'line {index}\\n')
print('accuracy=0.9;')`);
    expect(log.toString().split('\n')).toHaveLength(1_000_002);
    expect((await place.result()).metrics).toEqual({ accuracy: 0.9 });
    expect(ms).toBeLessThan(60_000);
  });

  test('may be one line without end', async () => {
    const { place, log } = await printed(`
for _ in range(1000): sys.stdout.write('.' * 100_000)
print()
print('accuracy=0.8;')`);
    expect(log.length).toBe(100_000_000 + '\naccuracy=0.8;\n'.length);
    expect((await place.result()).metrics).toEqual({ accuracy: 0.8 });
    const progress = await place.store.get('training/digits-t1/progress.json');
    expect(progress?.bytes.length).toBeLessThan(20_000);
  });

  test('may be no text', async () => {
    const { place, log } = await printed(`
import random
sys.stdout.buffer.write(random.Random(1).randbytes(1_000_000))
sys.stdout.flush()
print('\\naccuracy=0.7;')`);
    expect(log.length).toBeGreaterThan(1_000_000);
    expect((await place.result()).metrics).toEqual({ accuracy: 0.7 });
  });

  test('is on the disk as it comes', async () => {
    const place = await Place.open();
    await place.jobs.submit(await place.training(waiting('sys.exit(0)')));
    await place.printed('waiting');
    const log = join(place.records.workingFolder('digits-t1'), 'output/trainer.log');
    expect(statSync(log).size).toBeGreaterThan(0);
  });
});

describe('what cannot be run here is refused at once', () => {
  test('on several machines', async () => {
    const place = await Place.open();
    const training = await place.training(PLAIN, { instances: 2 });
    await expect(place.jobs.submit(training)).rejects.toMatchObject({ code: 'training.one_machine' });
    expect(await place.jobs.status('digits-t1')).toBeUndefined();
  });

  test.each([
    ['a folder that is not there', { source: 'nowhere' }],
    ['no trainer', {}],
  ])('%s', async (_, options) => {
    const place = await Place.open();
    await expect(place.jobs.submit(await place.record(options))).rejects.toMatchObject({
      code: 'training.no_source',
    });
  });
});
