import { describe, expect, test } from 'vitest';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { BadRow, RowEvent } from '#core/scoring/rows.ts';
import { type RowSink, scoreRows } from '#core/scoring/score.ts';
import { floats } from '../../support/models.ts';

const signatureOf = (rows: number): Signature => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [rows, 1] }],
  unserved: [],
});

/** Gives back its input, and refuses values below 0; of a batch it runs no more rows than it takes. */
function picky(fixed = -1, refuse: (value: number) => unknown = () => invalid('model.run_failed', 'below 0')) {
  const runs: number[][] = [];
  return {
    runs,
    signature: signatureOf(fixed),
    async infer([input]: readonly Tensor[]): Promise<readonly Tensor[]> {
      const values = [...(input!.data as Float32Array)];
      if (fixed > 0 && values.length !== fixed) throw new Error(`it takes ${fixed} rows`);
      runs.push(values);
      const bad = values.find((value) => value < 0);
      if (bad !== undefined) throw refuse(bad);
      return [input!];
    },
  };
}

/** Keeps what came, in its order. */
function keeping(): RowSink<string[]> & { seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    scored({ rows, kept }, [output]) {
      for (let row = 0; row < rows; row++) seen.push(`${kept[0]![row]}=${output!.data[row]}`);
    },
    bad: ({ row, code, message, position }) => void seen.push(`${row}: ${code} ${message} at ${position}`),
    end: () => Promise.resolve(seen),
  };
}

const bad = (row: number): BadRow => ({
  row,
  position: row * 10,
  bytes: new Uint8Array(),
  length: 0,
  code: 'row.value',
  message: 'm',
});

const batchOf = (values: readonly number[], names: readonly string[], rows = values.length): RowEvent => ({
  batch: { inputs: [floats([values.length, 1], values)], rows, kept: [names] },
});

async function* all(...events: RowEvent[]): AsyncIterable<RowEvent> {
  yield* events;
}

const locate = async (row: number) => ({ position: row * 10, bytes: new Uint8Array(), length: 0 });

describe('rows', () => {
  test('are scored batch by batch, and bad rows passed on', async () => {
    const model = picky();
    const events = all(batchOf([1, 2], ['a', 'b']), { bad: bad(2) }, batchOf([3], ['d']));
    expect(await scoreRows(events, model, keeping(), locate)).toEqual(['a=1', 'b=2', '2: row.value m at 20', 'd=3']);
    expect(model.runs).toEqual([[1, 2], [3]]);
  });

  test('that only the model refuses are bad rows, by their number among all, and the others are scored together', async () => {
    const model = picky();
    const events = all(
      batchOf([0, 1], ['r0', 'r1']),
      { bad: bad(3) },
      { bad: bad(5) },
      batchOf([2, -4, 6, -7], ['r2', 'r4', 'r6', 'r7']),
      batchOf([8], ['r8']),
    );
    expect(await scoreRows(events, model, keeping(), locate)).toEqual([
      'r0=0',
      'r1=1',
      '3: row.value m at 30',
      '5: row.value m at 50',
      '4: row.model below 0. at 40',
      '7: row.model below 0. at 70',
      'r2=2',
      'r6=6',
      'r8=8',
    ]);
    expect(model.runs.at(-2)).toEqual([2, 6]);
  });

  test('of a batch that is refused as a whole leave nothing to be scored', async () => {
    const events = all(batchOf([-1, -2], ['a', 'b']), batchOf([3], ['c']));
    expect(await scoreRows(events, picky(), keeping(), locate)).toEqual([
      '0: row.model below 0. at 0',
      '1: row.model below 0. at 10',
      'c=3',
    ]);
  });

  test('of a model with a fixed first dimension are filled up again', async () => {
    const model = picky(3);
    const events = all(batchOf([1, -2, 3], ['a', 'b', 'c']), batchOf([4, 4, 4], ['d'], 1));
    expect(await scoreRows(events, model, keeping(), locate)).toEqual([
      '1: row.model below 0. at 10',
      'a=1',
      'c=3',
      'd=4',
    ]);
    expect(model.runs).toContainEqual([1, 3, 3]);
  });

  test('alone in their batch are not run twice', async () => {
    const model = picky();
    expect(await scoreRows(all(batchOf([-1], ['a'])), model, keeping(), locate)).toEqual([
      '0: row.model below 0. at 0',
    ]);
    expect(model.runs).toHaveLength(1);
  });
});

describe('what is no fault of a row is thrown', () => {
  test.each<[string, unknown]>([
    ['want of memory', new OnnwardError('no memory', { code: 'model.out_of_memory', kind: 'unavailable' })],
    ['a defect', new TypeError('undefined is not a function')],
  ])('%s', async (_, error) => {
    const model = picky(-1, () => error);
    await expect(scoreRows(all(batchOf([1, -1], ['a', 'b'])), model, keeping(), locate)).rejects.toBe(error);
  });

  test('a batch that fails, of which each row alone does not', async () => {
    const error = invalid('model.run_failed', 'too many');
    const model = {
      signature: signatureOf(-1),
      infer: async ([x]: readonly Tensor[]) => (x!.data.length > 1 ? Promise.reject(error) : [x!]),
    };
    await expect(scoreRows(all(batchOf([1, 2], ['a', 'b'])), model, keeping(), locate)).rejects.toBe(error);
  });
});
