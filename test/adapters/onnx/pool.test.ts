import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '#adapters/onnx/engine.ts';
import type { LoadedModel } from '#core/ports.ts';
import { fixture, floats } from '../../support/models.ts';

const engine = createEngine({ workers: 2 });
const ask = (model: LoadedModel, value: number, deadlineMs?: number) =>
  model.infer([floats([1, 1], [value])], deadlineMs ? { deadlineMs } : {});
const settled = (promises: readonly Promise<unknown>[]) =>
  Promise.allSettled(promises).then((results) =>
    results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code: string }).code)),
  );

/** The longest that the event loop was held while `work` went on, ms. */
async function longestStall(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const ticker = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 1);
    last = performance.now();
  }, 1);
  await work;
  clearInterval(ticker);
  return longest;
}

describe('a costly model', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await engine.load(fixture('heavy'), { exact: true, maxQueue: 8 });
  });
  afterAll(() => model.close());

  it('runs outside the event loop, which stays free', async () => {
    const work = Promise.all(Array.from({ length: 6 }, (_, i) => ask(model, i)));
    const stall = await longestStall(work);
    const answers = await work;
    expect(answers.map(([output]) => output?.data[0])).toEqual([1, 2, 3, 4, 5, 6]);
    const runMs = model.statistics.computeInfer.ns / 1e6 / model.statistics.computeInfer.count;
    expect(runMs).toBeGreaterThan(2);
    expect(stall).toBeLessThan(runMs);
  });

  it('answers 429 over its queue, at once, and the rest is served', async () => {
    const outcomes = await settled(Array.from({ length: 12 }, (_, i) => ask(model, i)));
    expect(outcomes.filter((outcome) => outcome === 'model.overloaded').length).toBeGreaterThanOrEqual(2);
    expect(outcomes.filter((outcome) => outcome === 'ok').length).toBeGreaterThanOrEqual(8);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'model.overloaded']));
  });

  it('answers 504 when the deadline passes, while waiting and while running', async () => {
    const outcomes = await settled([ask(model, 1, 1), ask(model, 2), ask(model, 3), ask(model, 4, 1)]);
    expect(outcomes).toEqual(['model.deadline', 'ok', 'ok', 'model.deadline']);
  });

  it('answers what it has accepted before it closes', async () => {
    const other = await engine.load(fixture('heavy'));
    const accepted = Array.from({ length: 5 }, (_, i) => ask(other, i));
    await other.close();
    expect(await settled(accepted)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('can be opened and closed again and again, also right after a run began', async () => {
    for (let i = 0; i < 5; i++) {
      const other = await engine.load(fixture('heavy'));
      const answer = ask(other, i, 1);
      await Promise.all([other.close(), settled([answer])]);
    }
  });
});

it('with no workers, runs in the loop', async () => {
  const model = await createEngine({ workers: 0 }).load(fixture('heavy'));
  const [output] = await ask(model, 1);
  expect(output?.data[0]).toBe(2);
  await model.close();
});

it('keeps no process alive that has closed its models', async () => {
  const script = `
    const { createEngine } = await import('#adapters/onnx/engine.ts');
    const model = await createEngine({ workers: 2 }).load({ folder: 'test/fixtures', graph: 'mlp_rows.onnx', files: [] });
    await model.close();
    console.log('closed');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
  });
  expect(stdout).toBe('closed\n');
});
