import { expect, test } from 'vitest';
import { once } from '../../../functions/inference/once.ts';

test('what is opened once stays open, for those who come at the same time too', async () => {
  let opened = 0;
  const open = once(async () => ++opened);
  expect(await Promise.all([open(), open()])).toEqual([1, 1]);
  expect(await open()).toBe(1);
});

test('a failure goes to all who waited, and the next one tries again', async () => {
  let tries = 0;
  const open = once(async () => {
    tries++;
    if (tries === 1) throw new Error('no bucket');
    return tries;
  });
  expect(await Promise.allSettled([open(), open()])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(await open()).toBe(2);
  expect(await open()).toBe(2);
});
