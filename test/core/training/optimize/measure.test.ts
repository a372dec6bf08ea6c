import { describe, expect, test } from 'vitest';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { Contender } from '#core/training/optimize/contenders.ts';
import { measureCosts } from '#core/training/optimize/measure.ts';
import { tensor } from '../../../support/models.ts';

/** A clock that only moves where somebody works. */
class WorkClock {
  ms = 0;
  readonly asked: string[] = [];

  readonly now = (): number => this.ms;

  /** A model whose runs take `run` ms for each row, and that takes `load` ms to open. */
  contender(name: string, run: (rows: number) => number, load: number, rows = -1): Contender {
    const infer = async (inputs: readonly Tensor[]) => {
      this.asked.push(name);
      this.ms += run(inputs[0]!.shape[0] as number);
      return [];
    };
    const signature = { inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2] }], outputs: [], unserved: [] };
    const model = { infer, signature, close: async () => {} } as unknown as LoadedModel;
    const open = async () => {
      this.ms += load;
      return model;
    };
    return { model, open, bytes: 10 * load, gzipBytes: 5 * load } as Partial<Contender> as Contender;
  }
}

const requests = (count: number, rows = 1): Tensor[][] =>
  Array.from({ length: count }, () => [tensor('FP32', [rows, 2], new Float32Array(2 * rows))]);

describe('what models cost', () => {
  test('is the median of what they take, each for itself', async () => {
    const clock = new WorkClock();
    const contenders = [clock.contender('slow', (rows) => 2 * rows, 30), clock.contender('fast', (rows) => rows, 20)];
    const [slow, fast] = await measureCosts(clock.now, contenders, requests(3));
    expect(slow).toEqual({
      latency: { value: 2, low: 2, high: 2 },
      batch: { value: 64, low: 64, high: 64, rows: 32 },
      load: { value: 30, low: 30, high: 30 },
      bytes: 300,
      gzipBytes: 150,
    });
    expect([fast!.latency.value, fast!.batch!.value, fast!.load.value]).toEqual([1, 32, 20]);
  });

  test('is measured by turns, so that what slows the machine down slows all of them', async () => {
    const clock = new WorkClock();
    // Halfway through, the machine takes ten times as long.
    const slowing = () => (clock.ms > 500 ? 10 : 1);
    const contenders = [clock.contender('a', slowing, 1), clock.contender('b', slowing, 1)];
    const [a, b] = await measureCosts(clock.now, contenders, requests(1));
    expect(a!.latency.low).toBe(1);
    expect(a!.latency.high).toBe(10);
    expect(b!.latency.low).toBeLessThan(a!.latency.high);
    const turns = clock.asked.join('').match(/a+|b+/g)!;
    expect(turns.length).toBeGreaterThan(20);
  });

  test('of a model that takes a second is measured in a minute', async () => {
    const clock = new WorkClock();
    const [cost] = await measureCosts(
      clock.now,
      [clock.contender('huge', (rows) => 1000 * Math.sqrt(rows), 3000)],
      requests(1),
    );
    expect(cost!.latency.value).toBe(1000);
    expect(clock.ms).toBeLessThan(180_000);
  });

  test('has no batch where the graph says how many rows it takes, or where a batch is refused', async () => {
    const clock = new WorkClock();
    const [fixed] = await measureCosts(clock.now, [clock.contender('fixed', () => 1, 1, 4)], requests(2, 4));
    expect(fixed!.batch).toBeUndefined();
    const refusing = (rows: number): number => {
      if (rows > 1) throw new Error('too many');
      return 1;
    };
    const [alone] = await measureCosts(clock.now, [clock.contender('alone', refusing, 1)], requests(2));
    expect([alone!.batch, alone!.latency.value]).toEqual([undefined, 1]);
    const [ragged] = await measureCosts(
      clock.now,
      [clock.contender('ragged', () => 1, 1)],
      [[tensor('FP32', [1, 2], new Float32Array(2))], [tensor('FP32', [1, 3], new Float32Array(3))]],
    );
    expect(ragged!.batch).toBeUndefined();
  });
});
