import { describe, expect, test } from 'vitest';
import { joinedRows } from '#core/monitoring/join/joined-rows.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { captured, comeBack, HOUR, joinPlace, NOON, TWO_COLUMNS } from '../../../support/captured.ts';

const window = windowOf(NOON - HOUR, 1);
const rowsOf = ({ place }: ReturnType<typeof joinPlace>) => Array.fromAsync(joinedRows(place, 'loans', window, {}));

describe('rows that were captured', () => {
  test('have the columns of the training rows, and their truth where it has come', async () => {
    const there = joinPlace();
    const at = NOON - HOUR / 2;
    const key = await comeBack(there.store, { at, truth: 0 });
    there.events.push(captured({ id: 'a', feedback: key }), captured({ id: 'b', scores: [[0.6, 0.4]] }));
    expect(await rowsOf(there)).toEqual([
      { id: 'a', at, version: 1, cells: { age: 30, region: 1 }, predicted: 'yes', truth: 'no', correct: false },
      { id: 'b', at, version: 1, cells: { age: 30, region: 1 }, predicted: 'no' },
    ]);
  });

  test('say the index of a class that has no name as text, so that it is no value', async () => {
    const there = joinPlace([{ ...TWO_COLUMNS, labels: {} }]);
    const key = await comeBack(there.store, { at: NOON - HOUR / 2, prediction: ['class', 1, null], truth: 0 });
    there.events.push(captured({ feedback: key }));
    expect(await rowsOf(there)).toMatchObject([{ predicted: '1', truth: '0', correct: false }]);
  });

  test('of one request come one by one', async () => {
    const there = joinPlace();
    there.events.push(
      captured({
        id: 'a',
        rows: [
          [1, 2],
          [3, null],
        ],
        scores: [
          [0, 1],
          [1, 0],
        ],
      }),
    );
    expect(await rowsOf(there)).toMatchObject([
      { id: 'a/0', cells: { age: 1, region: 2 }, predicted: 'yes' },
      { id: 'a/1', cells: { age: 3, region: null }, predicted: 'no' },
    ]);
  });

  test('are without what was dropped or masked; what was hashed stays', async () => {
    const there = joinPlace();
    there.events.push(
      captured({ rows: [[null, 1]], redacted: { 'x[0]': 'drop' } }),
      captured({ rows: [[null, null]], redacted: { x: 'mask' } }),
      captured({ rows: [['h:abc', 1]], redacted: { 'x[0]': 'hash' } }),
    );
    expect((await rowsOf(there)).map(({ cells }) => cells)).toEqual([{ region: 1 }, {}, { age: 'h:abc', region: 1 }]);
  });

  test('of a version that is gone, and too large ones, are left out', async () => {
    const wide = { ...TWO_COLUMNS, version: 2, baseline: undefined } as unknown as typeof TWO_COLUMNS;
    const signature = { ...wide.signature, inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [-1, 1000] }] };
    const there = joinPlace([TWO_COLUMNS, { ...wide, signature }]);
    there.events.push(
      captured({ version: 7 }),
      captured({ version: 2 }),
      captured({ id: 'a' }),
      captured({ inputs: [] }),
    );
    expect((await rowsOf(there)).map(({ id }) => id)).toEqual(['a']);
    expect(there.messages).toEqual([expect.stringContaining('loans:7 cannot be read')]);
  });

  test('of a version that cannot be read just now are not taken for gone', async () => {
    const there = joinPlace();
    there.events.push(captured());
    const place = { ...there.place, registry: { manifest: () => Promise.reject(new Error('the store is busy')) } };
    await expect(Array.fromAsync(joinedRows(place, 'loans', window, {}))).rejects.toThrow('busy');
  });
});
