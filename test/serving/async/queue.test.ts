import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ATTEMPTS, type RequestName } from '#core/batch/requests.ts';
import { RequestQueue } from '#serving/async/queue.ts';

const nameOf = (id: string): RequestName => ({ model: 'm', id });

function newQueue(answer: (id: string, times: () => number) => Promise<void>) {
  const begun: string[] = [];
  const failed: [string, unknown][] = [];
  let under = 0;
  const queue = new RequestQueue({
    retryMs: 1,
    answer: async ({ id }) => {
      begun.push(id);
      expect(++under).toBe(1);
      try {
        await answer(id, () => begun.filter((each) => each === id).length);
      } finally {
        under--;
      }
    },
    onFailure: ({ id }, error) => failed.push([id, error]),
  });
  return { queue, begun, failed };
}

describe('a queue', () => {
  test('answers one after another, in the order in which they came', async () => {
    const { queue, begun } = newQueue(() => sleep(2));
    for (const id of ['a', 'b', 'c']) queue.add(nameOf(id));
    await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
    queue.add(nameOf('d'));
    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd']);
  });

  test('has what comes twice once, while it waits and while it is answered', async () => {
    const { queue, begun } = newQueue(() => sleep(5));
    for (const id of ['a', 'b', 'b', 'a']) queue.add(nameOf(id));
    await sleep(1);
    queue.add(nameOf('a'));
    await sleep(30);
    expect(begun).toEqual(['a', 'b']);
  });

  test('takes what comes the moment that it runs dry', async () => {
    const { queue, begun } = newQueue(async () => undefined);
    for (let i = 0; i < 50; i++) {
      queue.add(nameOf(`${i}`));
      await Promise.resolve();
      if (i % 3 === 0) await sleep(0);
    }
    await expect.poll(() => begun.length).toBe(50);
  });

  test('tries again what fails, and goes on with the next', async () => {
    const { queue, begun, failed } = newQueue(async (id, times) => {
      if (id === 'a' && times() < 3) throw new Error('once more');
    });
    queue.add(nameOf('a'));
    queue.add(nameOf('b'));
    await expect.poll(() => begun.filter((id) => id === 'a')).toHaveLength(3);
    await sleep(20);
    expect([...begun].sort()).toEqual(['a', 'a', 'a', 'b']);
    expect(failed).toEqual([]);
  });

  test('keeps answering the others while one waits to be tried again, which is once in the queue all the same', async () => {
    const begun: string[] = [];
    const queue = new RequestQueue({
      retryMs: 60_000,
      answer: async ({ id }) => {
        begun.push(id);
        if (id === 'a') throw new Error('later');
      },
      onFailure: () => expect.fail(),
    });
    for (const id of ['a', 'b', 'c']) queue.add(nameOf(id));
    await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
    queue.add(nameOf('a'));
    queue.add(nameOf('d'));
    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd']);
    await queue.close();
  });

  test('goes on where it cannot tell of a failure', async () => {
    const warnings: string[] = [];
    const hear = ({ message }: Error) => warnings.push(message);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    const begun: string[] = [];
    const queue = new RequestQueue({
      retryMs: 1,
      answer: async ({ id }) => {
        begun.push(id);
        if (id === 'a') throw new Error('never');
      },
      onFailure: () => {
        throw new Error('the log is full');
      },
    });
    queue.add(nameOf('a'));
    await expect.poll(() => warnings).toEqual([expect.stringContaining('the log is full')]);
    queue.add(nameOf('b'));
    await expect.poll(() => begun.at(-1)).toBe('b');
    await queue.close();
  });

  test('takes again what it has given up', async () => {
    const { queue, begun, failed } = newQueue(() => Promise.reject(new Error('never')));
    queue.add(nameOf('a'));
    await expect.poll(() => failed).toHaveLength(1);
    queue.add(nameOf('a'));
    await expect.poll(() => failed).toHaveLength(2);
    expect(begun).toHaveLength(2 * (ATTEMPTS + 1));
  });

  test('gives up what always fails, and says so', async () => {
    const error = new Error('never');
    const { queue, begun, failed } = newQueue(() => Promise.reject(error));
    queue.add(nameOf('a'));
    await expect.poll(() => failed).toEqual([['a', error]]);
    // So often that the last attempt could record a failure, and once more for one that died of it.
    expect(begun).toHaveLength(ATTEMPTS + 1);
  });

  test('ends with what is under way, and begins nothing more', async () => {
    const { queue, begun } = newQueue(() => sleep(20));
    queue.add(nameOf('a'));
    queue.add(nameOf('b'));
    await queue.close();
    queue.add(nameOf('c'));
    await sleep(30);
    expect(begun).toEqual(['a']);
  });

  test('does not wait for a further attempt when it closes', async () => {
    const queue = new RequestQueue({
      retryMs: 60_000,
      answer: () => Promise.reject(new Error('x')),
      onFailure: () => expect.fail(),
    });
    queue.add(nameOf('a'));
    await sleep(5);
    const started = performance.now();
    await queue.close();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
