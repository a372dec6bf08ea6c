import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { containerName } from '#adapters/local/training/trainer-command.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { root } from '../repository/sources.ts';
import { isThere, kill, Place } from '../training/support/place.ts';
import { run } from './engine.ts';
import { lanePodman, trainerImage } from './trainer-image.ts';

/*
 * Images as they are made for SageMaker: a program `train` on the PATH, the script itself in /opt/ml/code, all paths as
 * the contract has them, nothing of ours inside and no variable of ours read.
 */

/** Nearest centroids of real digits: reads what SageMaker's contract gives, and leaves what it asks for. */
const TRAIN = `#!/usr/bin/env python3
import json, sys
sys.path.insert(0, '/opt/ml/code')
import script
script.main(json.load(open('/opt/ml/input/config/hyperparameters.json')))
`;
const SCRIPT = `
import csv, glob, json, os, random, signal, sys, time
def main(hyperparameters):
    signal.signal(signal.SIGTERM, end)
    (path,) = glob.glob('/opt/ml/input/data/training/*.csv')
    rows = [([int(row[f'p{i}']) for i in range(64)], int(row['digit'])) for row in csv.DictReader(open(path))]
    random.Random(int(hyperparameters['seed'])).shuffle(rows)
    first = rows[:int(len(rows) * float(hyperparameters['share']))]
    state = '/opt/ml/checkpoints/state.json'
    done = json.load(open(state)) if os.path.exists(state) else {'step': 0}
    print('begins at step', done['step'], flush=True)
    for step in range(done['step'], int(hyperparameters.get('steps', '0'))):
        print('step', step, flush=True)
        if step % 5 == 4:
            json.dump({'step': step + 1}, open(state + '.new', 'w'))
            os.replace(state + '.new', state)
        time.sleep(0.2)
    centroids = {}
    for digit in range(10):
        own = [x for x, y in first if y == digit]
        centroids[digit] = [sum(values) / len(own) for values in zip(*own)]
    held = rows[len(first):]
    near = lambda x: min(centroids, key=lambda digit: sum((a - b) ** 2 for a, b in zip(centroids[digit], x)))
    accuracy = sum(near(x) == y for x, y in held) / len(held)
    print(f'validation:accuracy={accuracy:.4f};', flush=True)
    json.dump(centroids, open('/opt/ml/model/centroids.json', 'w'))
    json.dump({'cores': os.cpu_count()}, open('/opt/ml/output/data/machine.json', 'w'))
def end(number, frame):
    open('/opt/ml/model/so-far.txt', 'w').write('stopped')
    sys.exit(1)
`;
const FILES = { '/usr/local/bin/train': TRAIN, '/opt/ml/code/script.py': SCRIPT };

let image = '';
beforeAll(async () => {
  vi.stubEnv('PATH', `${lanePodman()}:${process.env['PATH']}`);
  image = await trainerImage(FILES);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

async function submit(place: Place, options: TrainingOptions): Promise<void> {
  mkdirSync(place.path('data'), { recursive: true });
  cpSync(join(root, 'test/fixtures/release/heldout.csv'), place.path('data/heldout.csv'));
  const training = await place.record({
    channels: { training: `file:${place.path('data')}/` },
    metrics: [{ name: 'validation:accuracy', regex: 'validation:accuracy=([0-9.]+);' }],
    checkpointEvery: 1,
    ...options,
    hyperparameters: { seed: 3, share: 0.7, ...options.hyperparameters },
  });
  await place.jobs.submit(training);
}

/** Names of the containers that there are of a place's training. */
async function containers(place: Place): Promise<string> {
  const name = containerName(place.store.url, 'digits-t1');
  return run('podman', 'ps', '--all', `--filter=name=${name}`, '--format={{.Status}}');
}

describe('an image that was made for SageMaker', () => {
  test('trains unchanged', async () => {
    const place = await Place.open({ name: "it's a “place”" });
    await submit(place, { image });
    expect(await place.ended()).toMatchObject({ state: 'succeeded', attempts: 1 });
    const { model, data, metrics } = await place.result();
    expect(model.map(({ path }) => path)).toEqual(['centroids.json']);
    expect(data.map(({ path }) => path)).toEqual(['machine.json']);
    expect(metrics['validation:accuracy']).toBeGreaterThan(0.85);
    expect(Object.keys(JSON.parse(await place.model('centroids.json')) as object)).toHaveLength(10);
    expect(await containers(place)).toBe('');
  });

  test('gets the argument train where it has an entry point', async () => {
    const place = await Place.open();
    const entry = `#!/bin/sh\necho "arguments: $*" | tee /opt/ml/model/arguments.txt\n`;
    await submit(place, { image: await trainerImage({ '/entry': entry }, 'ENTRYPOINT ["/entry"]') });
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
    expect(await place.model('arguments.txt')).toBe('arguments: train\n');
  });

  test('may run as a user of its own', async () => {
    const place = await Place.open();
    await submit(place, { image: await trainerImage(FILES, 'USER 1234:1234') });
    expect(await place.ended()).toMatchObject({ state: 'succeeded' });
  });

  test('gets no more memory than it asked for, and is told of what that looks like', async () => {
    const place = await Place.open();
    const greedy = `#!/usr/bin/env python3\nx = bytearray(2_000_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1\n`;
    const hungry = await trainerImage({ '/usr/local/bin/train': greedy });
    await submit(place, { image: hungry, resources: { memory: 512 } });
    expect(await place.ended()).toMatchObject({ state: 'failed', reason: expect.stringContaining('memory') as string });
    expect(await place.result()).toMatchObject({ exitCode: 137 });
  });

  test.each([
    ['without a program train', () => trainerImage({ '/opt/ml/code/x.py': '' }), 127],
    ['that is not there', async () => 'localhost/no-such-trainer:1', 125],
  ])('%s fails with what the engine says', async (_, made, exitCode) => {
    const place = await Place.open();
    await submit(place, { image: await made() });
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    expect(await place.result()).toMatchObject({ exitCode });
    expect((await place.result()).failure).toMatch(/train/);
  });

  test('hears SIGTERM where it is stopped', async () => {
    const place = await Place.open();
    await submit(place, { image, hyperparameters: { steps: 300 } });
    await place.printed(/^step \d+$/);
    await place.stop('enough');
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    expect(await place.result()).toMatchObject({ outcome: 'stopped', model: [{ path: 'so-far.txt' }] });
    expect(await containers(place)).toBe('');
  });

  test('that ignores SIGTERM is killed in the end', async () => {
    const place = await Place.open({ graceSeconds: 2 });
    const deaf = `#!/bin/sh\ntrap '' TERM\necho step 0\nwhile :; do sleep 0.1; done\n`;
    await submit(place, { image: await trainerImage({ '/usr/local/bin/train': deaf }) });
    await place.printed('step 0');
    await place.stop('enough');
    expect(await place.ended()).toMatchObject({ state: 'failed' });
    expect(await place.result()).toMatchObject({ outcome: 'stopped', exitCode: 137 });
    await expect.poll(() => containers(place), { timeout: 10_000 }).toBe('');
  });

  test('goes on from its checkpoint where the supervisor is killed and the folder deleted', async () => {
    const place = await Place.open();
    await submit(place, { image, hyperparameters: { steps: 30 } });
    await place.eventually(async () => ((await place.progress())?.checkpoint === undefined ? undefined : true));
    await sleep(300);
    const { pid } = await place.supervisor();
    kill(pid);
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => containers(place), { timeout: 10_000 }).toBe('');
    rmSync(place.records.workingFolder('digits-t1'), { recursive: true, force: true });
    expect(await place.ended()).toMatchObject({ state: 'succeeded', attempts: 2 });
    const { lines = [] } = (await place.progress()) ?? {};
    expect((await place.result()).metrics['validation:accuracy']).toBeGreaterThan(0.85);
    expect(lines.filter((line) => line.startsWith('step')).length).toBeLessThan(30);
  });
});
