import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerReader } from '#core/release/evaluation/answers.ts';
import { type ChampionRows, OwnPass, sameTensors } from '#core/release/evaluation/champion.ts';
import { Channel, ChannelClosed } from '#core/release/evaluation/channel.ts';
import { scoredRows } from '#core/release/evaluation/scored-rows.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { BadRow, RowBatch, RowEvent } from '#core/scoring/rows.ts';
import { ECHOES } from '../../../contracts/echo-model.ts';
import { floats } from '../../../support/models.ts';

/** Gives back what it is asked, and refuses a batch with a row of 13. */
const model = {
  signature: ECHOES['identity_fp32']!,
  infer: (inputs: readonly Tensor[]) =>
    (inputs[0]!.data as Float32Array).includes(13)
      ? Promise.reject(new OnnwardError('13', { code: 'inference.failed', kind: 'invalid' }))
      : Promise.resolve(inputs),
};

const reader = new AnswerReader({ kind: 'value', output: 0, logits: false, classes: [], named: false }, 0);
const batchOf = (values: readonly number[]): RowBatch => ({
  inputs: [floats([values.length, 1], values)],
  rows: values.length,
  kept: [],
});
const badOf = (row: number): BadRow => ({
  row,
  position: -1,
  bytes: new Uint8Array(),
  length: 0,
  code: 'row.number',
  message: '',
});

/** Rows 0, 1, … whose values are their numbers; `bad` ones the format refuses. The memory of a batch is used again, as a format does. */
async function* rowsOf(count: number, batchRows: number, bad: ReadonlySet<number>): AsyncGenerator<RowEvent, void> {
  const memory = new Float32Array(batchRows);
  let filled = 0;
  for (let row = 0; row < count; row++) {
    if (bad.has(row)) yield { bad: badOf(row) };
    else memory[filled++] = row;
    if (filled < batchRows && (row < count - 1 || filled === 0)) continue;
    const rows = filled;
    filled = 0;
    yield {
      batch: { inputs: [{ datatype: 'FP32', shape: [rows, 1], data: memory.subarray(0, rows) }], rows, kept: [] },
    };
    memory.fill(-1);
  }
}

const numbersIn = async (events: ReturnType<typeof scoredRows>) => {
  const scored: number[] = [];
  const refused: number[] = [];
  for await (const event of events) {
    if ('bad' in event) refused.push(event.bad.row);
    else {
      expect([...(event.scored.batch.inputs[0]!.data as Float32Array)]).toEqual(event.scored.numbers);
      scored.push(...event.scored.numbers);
    }
  }
  return { scored, refused };
};

const badRows = fc.uniqueArray(fc.nat(60), { maxLength: 20 }).map((rows) => new Set(rows));

test('scored rows have the numbers that they have in the shard', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), badRows, async (count, batchRows, bad) => {
      const { scored, refused } = await numbersIn(scoredRows(rowsOf(count, batchRows, bad), model));
      const all = Array.from({ length: count }, (_, row) => row);
      const isRefused = (row: number) => bad.has(row) || row === 13;
      expect(scored).toEqual(all.filter((row) => !isRefused(row)));
      expect(refused.sort((a, b) => a - b)).toEqual(all.filter(isRefused));
    }),
  );
});

describe('a champion answers the rows that the challenger has answered,', () => {
  const answered = async (champion: ChampionRows, numbers: readonly number[]) => {
    const { has, predicted } = await champion.answer(numbers, batchOf(numbers));
    return numbers.map((_, index) => (has[index] ? predicted[index] : undefined));
  };

  test('however either reads them', async () => {
    const portions = fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        badRows,
        badRows,
        portions,
        async (count, batchRows, bad, mine, sizes) => {
          const champion = new OwnPass(rowsOf(count, batchRows, bad), model, reader, 0);
          const asked = Array.from({ length: count }, (_, row) => row).filter((row) => !mine.has(row));
          for (let at = 0, next = 0; at < asked.length; next++) {
            const some = asked.slice(at, (at += sizes[next % sizes.length]!));
            expect(await answered(champion, some)).toEqual(
              some.map((row) => (bad.has(row) || row === 13 ? undefined : row)),
            );
          }
          await champion.close();
        },
      ),
    );
  });

  test('or gets the very tensors', async () => {
    const champion = sameTensors(model, reader, 0);
    expect(await answered(champion, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(await answered(champion, [12, 13, 14])).toEqual([12, undefined, 14]);
    expect(await answered(champion, [13])).toEqual([undefined]);
    await champion.close();
  });

  test('and one that fails is heard of', async () => {
    const failing = { ...model, infer: () => Promise.reject(new Error('out of memory')) };
    const champion = new OwnPass(rowsOf(10, 4, new Set()), failing, reader, 0);
    await expect(champion.answer([0, 1])).rejects.toThrow('out of memory');
    await champion.close();
    await expect(sameTensors(failing, reader, 0).answer([0], batchOf([0]))).rejects.toThrow('out of memory');
  });

  test('and one that is closed early lets go of its input', async () => {
    let closed = false;
    async function* rows() {
      try {
        yield* rowsOf(1000, 4, new Set());
      } finally {
        closed = true;
      }
    }
    const champion = new OwnPass(rows(), model, reader, 0);
    await champion.answer([0, 1, 2]);
    await champion.close();
    expect(closed).toBe(true);
    await new OwnPass(rows(), model, reader, 0).close();
  });
});

describe('a channel', () => {
  test('hands over one at a time: the maker waits until the next is asked for', async () => {
    const channel = new Channel<number>();
    let made = 0;
    const making = (async () => {
      for (let value = 0; value < 5; value++) {
        made = value;
        await channel.send(value);
      }
      channel.end();
    })();
    const taken: number[] = [];
    for await (const value of channel.values()) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(made).toBe(value);
      taken.push(value);
    }
    await making;
    expect(taken).toEqual([0, 1, 2, 3, 4]);
  });

  test('tells the taker of a failure, and the maker that nobody takes', async () => {
    const failing = new Channel<number>();
    failing.fail(new Error('no more'));
    await expect(Array.fromAsync(failing.values())).rejects.toThrow('no more');
    const closing = new Channel<number>();
    const sending = closing.send(1);
    for await (const value of closing.values()) {
      expect(value).toBe(1);
      break;
    }
    await expect(sending).rejects.toThrow(ChannelClosed);
    await expect(closing.send(2)).rejects.toThrow(ChannelClosed);
  });
});
