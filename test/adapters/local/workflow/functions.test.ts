import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type LocalFunction, openFunction } from '#adapters/local/workflow/functions.ts';
import type { ToyEvent } from './toy-handler.ts';

const HANDLER = 'test/adapters/local/workflow/toy-handler.ts';
const opened: LocalFunction[] = [];

function open(processes: number, environment: Record<string, string> = {}, handler = HANDLER) {
  const toy = openFunction({ handler, processes, environment });
  opened.push(toy);
  return {
    ...toy,
    pids: () => toy.pids,
    invoke: (event: ToyEvent) => toy.invoke(event),
    close: (ms: number) => toy.close(ms),
  };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((toy) => toy.close(0)));
});

const isAlive = (pid: number): boolean => {
  try {
    // A zombie whose parent has not asked yet is gone, too.
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('events are answered', () => {
  test('with what the handler returns, bytes and undefined too', async () => {
    const toy = open(1);
    const value = { text: 'Zoë', bytes: new Uint8Array([1, 2, 3]), list: [1, null], big: 2n ** 60n };
    expect(await toy.invoke({ do: 'echo', value })).toEqual(value);
    expect(await toy.invoke({ do: 'echo', value: undefined })).toBeUndefined();
  });

  test('by processes that start as there is work, and not more than agreed', async () => {
    const toy = open(2);
    expect(toy.pids()).toEqual([]);
    await toy.invoke({ do: 'echo', value: 1 });
    expect(toy.pids()).toHaveLength(1);
    const pids = await Promise.all(Array.from({ length: 6 }, () => toy.invoke({ do: 'sleep', ms: 50 })));
    expect(new Set(pids).size).toBe(2);
    expect(new Set(toy.pids())).toEqual(new Set(pids));
  });

  test('in the order in which they came, by one process', async () => {
    const toy = open(1);
    const order: number[] = [];
    await Promise.all(
      [3, 1, 2].map(async (ms, index) => (await toy.invoke({ do: 'sleep', ms: ms * 10 }), order.push(index))),
    );
    expect(order).toEqual([0, 1, 2]);
  });

  test('with an environment of their own over ours', async () => {
    const toy = open(1, { ONNWARD_TOY: 'yes' });
    expect(await toy.invoke({ do: 'environment', name: 'ONNWARD_TOY' })).toMatchObject({ value: 'yes' });
    expect(await toy.invoke({ do: 'environment', name: 'PATH' })).toMatchObject({ value: process.env['PATH'] });
    expect(process.env['ONNWARD_TOY']).toBeUndefined();
  });
});

describe('what goes wrong is told by its name', () => {
  test('as the handler threw it', async () => {
    const toy = open(1);
    const refused = { name: 'Onnward.Refused', message: 'over the cap', code: 'batch.cost' };
    await expect(toy.invoke({ do: 'throw', ...refused })).rejects.toMatchObject({ ...refused, fix: 'Do otherwise.' });
    await expect(toy.invoke({ do: 'throw', message: 'odd' })).rejects.toMatchObject({ name: 'Error', message: 'odd' });
    await expect(toy.invoke({ do: 'reject', value: 7 })).rejects.toMatchObject({ name: 'Error', message: '7' });
    expect(toy.pids(), 'an error costs no process').toHaveLength(1);
  });

  test('where the handler cannot be imported', async () => {
    const toy = open(1, {}, 'test/adapters/local/workflow/nothing-here.ts');
    await expect(toy.invoke({ do: 'echo', value: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('nothing-here'),
    });
  });

  test.each<[string, ToyEvent]>([
    ['is killed', { do: 'die' }],
    ['runs out of memory', { do: 'exhaust' }],
  ])('where its process %s, and the next event has another', async (_, event) => {
    const toy = open(1, { NODE_OPTIONS: '--max-old-space-size=40' });
    await expect(toy.invoke(event)).rejects.toMatchObject({
      name: 'Lambda.Unknown',
      message: expect.stringMatching(
        /^The process of the function is gone: it ended with (SIGKILL|SIGABRT|SIGTRAP|134)\.$/,
      ),
    });
    expect(await toy.invoke({ do: 'echo', value: 'again' })).toBe('again');
  });

  test('and who waits for the dead one gets its successor', async () => {
    const toy = open(1);
    const died = expect(toy.invoke({ do: 'die' })).rejects.toMatchObject({ name: 'Lambda.Unknown' });
    const waiting = Promise.all([1, 2, 3].map((value) => toy.invoke({ do: 'echo', value })));
    await died;
    expect(await waiting).toEqual([1, 2, 3]);
    expect(toy.pids()).toHaveLength(1);
  });

  test('and a process that is killed while it is idle is missed by nobody', async () => {
    const toy = open(1);
    await toy.invoke({ do: 'echo', value: 1 });
    process.kill(toy.pids()[0]!, 'SIGKILL');
    await expect.poll(() => toy.pids()).toEqual([]);
    expect(await toy.invoke({ do: 'echo', value: 2 })).toBe(2);
  });
});

test('killed at random, every event is answered or named, and none is lost', async () => {
  const toy = open(2);
  const values = Array.from({ length: 40 }, (_, value) => value);
  const answers = Promise.all(values.map((value) => answered(toy, { do: 'slowly', value })));
  for (let kills = 0; kills < 8; kills++) {
    await sleep(40);
    const victim = toy.pids()[kills % 2];
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
  }
  expect(await answers).toEqual(values);
});

async function answered(toy: { invoke(event: ToyEvent): Promise<unknown> }, event: ToyEvent): Promise<unknown> {
  for (;;) {
    try {
      return await toy.invoke(event);
    } catch (error) {
      expect(error).toMatchObject({ name: 'Lambda.Unknown' });
    }
  }
}

describe('closing', () => {
  test('waits for what is being answered, and refuses what has not begun', async () => {
    const toy = open(1);
    const running = toy.invoke({ do: 'sleep', ms: 100 });
    const waiting = toy.invoke({ do: 'echo', value: 1 });
    const refused = expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('closed') });
    const [pid] = toy.pids();
    await toy.close(10_000);
    expect(await running).toBe(pid);
    await refused;
    expect(isAlive(pid!)).toBe(false);
    await expect(toy.invoke({ do: 'echo', value: 1 })).rejects.toMatchObject({ name: 'Lambda.Unknown' });
  });

  test('kills what takes longer than it may', async () => {
    const toy = open(1);
    const stuck = expect(toy.invoke({ do: 'spin' })).rejects.toMatchObject({ name: 'Lambda.Unknown' });
    await sleep(300);
    const begun = performance.now();
    await toy.close(50);
    await stuck;
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('is quick where nothing was begun', async () => {
    await open(4).close(10_000);
  });
});

test('children end when their parent dies, and a Ctrl-C is not theirs', async () => {
  const script = `
    import { openFunction } from '#adapters/local/workflow/functions.ts';
    const toy = openFunction({ handler: '${HANDLER}', processes: 2, environment: {} });
    await Promise.all([1, 2].map(() => toy.invoke({ do: 'sleep', ms: 100 })));
    console.log(JSON.stringify(toy.pids));
    setInterval(() => undefined, 1000);`;
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(chunk.toString()) as number[];
  for (const pid of pids) process.kill(pid, 'SIGINT');
  await sleep(100);
  expect(pids.map(isAlive)).toEqual([true, true]);
  parent.kill('SIGKILL');
  await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
});
