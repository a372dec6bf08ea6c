import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type ChallengerModel, openChallenger } from '#adapters/local/traffic/challenger-child.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadOptions } from '#core/ports.ts';
import { floats, tensor } from '../../../support/models.ts';
import { newRegistry, registerFixture } from '../../../support/registry.ts';

const opened: ChallengerModel[] = [];
afterEach(async () => {
  for (const model of opened.splice(0)) model.kill();
});

async function challengerOf(fixtureName: string, serving?: LoadOptions) {
  const world = await newRegistry();
  const manifest = await registerFixture(world.registry, 'm', fixtureName);
  const options = {
    store: world.store.url,
    cacheFolder: join(world.folder, 'cache'),
    ...(serving && { serving: { m: serving } }),
  };
  const model = await openChallenger(options, manifest);
  opened.push(model);
  return { world, manifest, options, model };
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const one = floats([1, 1], [1]);

describe('a version in a process of its own', () => {
  test('answers as one in this process, to the bit, several at once', async () => {
    const { world, manifest, model } = await challengerOf('mlp_rows');
    const here = await world.load(manifest);
    const questions = Array.from({ length: 40 }, (_, row) => [floats([1, 4], [row, -row, row / 3, 0.1])]);
    const answers = await Promise.all(questions.map((question) => model.infer(question)));
    expect(answers).toEqual(await Promise.all(questions.map((question) => here.infer(question))));
    expect(model.signature).toEqual(here.signature);
    expect(model.pid).not.toBe(process.pid);
    expect(model.statistics).toMatchObject({ inferenceCount: 40, success: { count: 40 }, fail: { count: 0 } });
    await here.close();
  });

  test.each<[string, Tensor]>([
    ['identity_int64', tensor('INT64', [1, 2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n))],
    ['identity_uint64', tensor('UINT64', [1, 1], BigUint64Array.of(2n ** 64n - 1n))],
    ['identity_fp16', tensor('FP16', [1, 3], Uint16Array.of(0x7e01, 0x8000, 0x3c00))],
    ['identity_fp64', tensor('FP64', [1, 3], Float64Array.of(-0, Infinity, Number.MIN_VALUE))],
    ['identity_bool', tensor('BOOL', [1, 2], Uint8Array.of(1, 0))],
    ['identity_bytes', tensor('BYTES', [1, 3], ['', 'ünïcödé', '💥'])],
    ['identity_fp32', tensor('FP32', [0, 4], new Float32Array(0))],
  ])('takes and gives %s as it is', async (fixtureName, input) => {
    const { model } = await challengerOf(fixtureName);
    expect(await model.infer([input])).toEqual([input]);
  });

  test('takes a view, whose memory may be used again at once', async () => {
    const { model } = await challengerOf('identity_fp32');
    const memory = Float32Array.of(9, 1, 2, 9);
    const answer = model.infer([tensor('FP32', [1, 2], memory.subarray(1, 3))]);
    memory.fill(7);
    expect(await answer).toEqual([floats([1, 2], [1, 2])]);
  });

  test('tells how long the way took, which is less than all of it', async () => {
    const { model } = await challengerOf('heavy');
    const started = performance.now();
    await model.infer([one]);
    const took = performance.now() - started;
    expect(model.transferMs).toBeGreaterThan(0);
    expect(model.transferMs).toBeLessThan(took / 2);
  });

  test('refuses what the runtime refuses, by the same code and kind', async () => {
    const { model } = await challengerOf('lookup');
    await expect(model.infer([tensor('INT64', [1], BigInt64Array.of(9n))])).rejects.toMatchObject({
      code: 'model.run_failed',
      kind: 'invalid',
      fix: expect.stringContaining('Check'),
    });
    expect(await model.infer([tensor('INT64', [1], BigInt64Array.of(3n))])).toEqual([floats([1], [13])]);
    expect(model.statistics.fail.count).toBe(1);
  });
});

describe('limits', () => {
  test('a deadline is kept while the process computes, and the next requests are answered', async () => {
    const { model } = await challengerOf('heavy', { exact: true });
    const started = performance.now();
    const late = Promise.allSettled(Array.from({ length: 8 }, () => model.infer([one], { deadlineMs: 5 })));
    const outcomes = await late;
    expect(performance.now() - started).toBeLessThan(1000);
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(4);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'model.deadline', kind: 'deadline' });
    }
    expect(await model.infer([one])).toEqual([floats([1, 1], [2])]);
  });

  test('a queue as long as it may be takes no more', async () => {
    const { model } = await challengerOf('heavy', { exact: true, maxQueue: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => model.infer([one])));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'model.overloaded', kind: 'overloaded' } });
  });

  test('one that hangs is ended, at the deadline of the model and at no shorter one', async () => {
    const { model } = await challengerOf('mlp_rows', { deadlineMs: 400 });
    const question = [floats([1, 4], [1, 2, 3, 4])];
    process.kill(model.pid as number, 'SIGSTOP');
    await expect(model.infer(question, { deadlineMs: 20 })).rejects.toMatchObject({ code: 'model.deadline' });
    expect(isThere(model.pid as number)).toBe(true);
    await expect(model.infer(question)).rejects.toMatchObject({ code: 'model.deadline' });
    expect(await model.ended).toBe('its process ended with SIGKILL');
  });
});

describe('the end of its process', () => {
  test('fails what is under way as unavailable, and all that follows', async () => {
    const { model } = await challengerOf('heavy', { exact: true });
    const underWay = Promise.allSettled(Array.from({ length: 4 }, () => model.infer([one])));
    await sleep(5);
    process.kill(model.pid as number, 'SIGKILL');
    const outcomes = await underWay;
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'challenger.gone', kind: 'unavailable' });
    expect(await model.ended).toBe('its process ended with SIGKILL');
    await expect(model.infer([one])).rejects.toMatchObject({ code: 'challenger.gone' });
    await model.close();
  });

  test('comes after what it has accepted, where it is closed', async () => {
    const { model } = await challengerOf('heavy', { exact: true });
    const underWay = Promise.all(Array.from({ length: 3 }, () => model.infer([one])));
    const closed = model.close();
    await expect(model.infer([one])).rejects.toMatchObject({ code: 'model.closing' });
    expect(await underWay).toHaveLength(3);
    await closed;
    expect(isThere(model.pid as number)).toBe(false);
  });
});

describe('what cannot be opened', () => {
  test('is refused as it would be here, and leaves no process', async () => {
    const { world, manifest, options } = await challengerOf('mlp_rows');
    truncateSync(join(world.folder, 'registry/models/m/versions/1/mlp_rows.onnx'), 10);
    await expect(openChallenger(options, manifest)).rejects.toMatchObject({ code: 'model.corrupt', kind: 'corrupt' });
  });

  test('is given up when nobody wants it any more', async () => {
    const { manifest, options } = await challengerOf('mlp_rows');
    const wanted = new AbortController();
    const opening = openChallenger(options, manifest, wanted.signal);
    wanted.abort();
    await expect(opening).rejects.toMatchObject({ code: 'challenger.gone' });
    await expect(openChallenger(options, manifest, AbortSignal.abort())).rejects.toMatchObject({
      code: 'challenger.gone',
    });
  });
});
