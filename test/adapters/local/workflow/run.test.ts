import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Machine, TaskFunction } from '#adapters/local/workflow/machine.ts';
import { runWorkflow, type WorkflowOptions } from '#adapters/local/workflow/run.ts';

const named = (name: string, message = 'on purpose'): Error => Object.assign(new Error(message), { name });
const noList = (): Promise<never> => Promise.reject(new Error('no map of this workflow reads a list'));

const run = (machine: Machine, functions: Record<string, TaskFunction>, options: Partial<WorkflowOptions> = {}) =>
  runWorkflow(machine, { name: 'test', input: {}, functions, readList: noList, ...options });

const single = (task: object): Machine => ({ StartAt: 'it', States: { it: { Type: 'Task', End: true, ...task } } });
const WORK = '${work}';

describe('tasks', () => {
  test('are bound to functions by their resource, whichever state asks', async () => {
    const machine: Machine = {
      StartAt: 'a',
      States: {
        a: { Type: 'Task', Resource: '${first}', ResultPath: '$.a', Next: 'b' },
        b: { Type: 'Task', Resource: '${second}', ResultPath: '$.b', Next: 'c' },
        c: { Type: 'Task', Resource: '${first}', ResultPath: '$.c', End: true },
      },
    };
    const functions = {
      first: async (input: unknown) => Object.keys(input as object).length,
      second: async () => 'two',
    };
    expect(await run(machine, functions)).toEqual({ status: 'SUCCEEDED', output: { a: 0, b: 'two', c: 2 } });
  });

  test('of which one has no function are refused before any is begun', async () => {
    const machine: Machine = {
      StartAt: 'a',
      States: { a: { Type: 'Task', Resource: WORK, Next: 'b' }, b: { Type: 'Task', Resource: '${other}', End: true } },
    };
    const begun: unknown[] = [];
    await expect(run(machine, { work: async (input) => begun.push(input) })).rejects.toMatchObject({
      code: 'workflow.unsupported',
      fields: { state: 'b' },
    });
    expect(begun).toEqual([]);
  });

  test('see the name of the execution', async () => {
    const machine = single({
      Resource: WORK,
      Parameters: { 'name.$': '$$.Execution.Name', 'id.$': '$$.Execution.Id' },
    });
    const outcome = await run(machine, { work: async (input) => input }, { name: 'drive-7' });
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { name: 'drive-7', id: 'drive-7' } });
  });

  test('that return nothing return null, as a function in AWS', async () => {
    expect(await run(single({ Resource: WORK }), { work: async () => undefined })).toEqual({
      status: 'SUCCEEDED',
      output: null,
    });
  });

  test('that fail, fail the execution by the name of the error', async () => {
    const work = () => Promise.reject(named('Onnward.Refused', 'too costly'));
    expect(await run(single({ Resource: WORK }), { work })).toEqual({
      status: 'FAILED',
      error: 'Onnward.Refused',
      cause: 'too costly',
    });
  });

  test('are given their time, and no more', async () => {
    const slow = single({ Resource: WORK, TimeoutSeconds: 0.05 });
    expect(await run(slow, { work: () => sleep(150) })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('are tried again as often as AWS would, without its long waits', async () => {
    const retry = [
      { ErrorEquals: ['Never'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 60, MaxAttempts: 3, BackoffRate: 3 },
    ];
    const begun = performance.now();
    const names: string[] = [];
    const failing = (name: string) => async () => (names.push(name), Promise.reject(named(name)));
    await run(single({ Resource: WORK, Retry: retry }), { work: failing('Sometimes') });
    await run(single({ Resource: WORK, Retry: retry }), { work: failing('Never') });
    expect(names).toEqual(['Sometimes', 'Sometimes', 'Sometimes', 'Sometimes', 'Never']);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('an execution', () => {
  test('that takes longer than it may has timed out', async () => {
    const machine = { ...single({ Resource: WORK }), TimeoutSeconds: 0.05 };
    expect(await run(machine, { work: () => sleep(200) })).toEqual({ status: 'TIMED_OUT' });
  });

  test('that is aborted begins nothing more, and has ended when nothing is under way', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const ended: number[] = [];
    const work = async (input: unknown): Promise<void> => {
      const { item } = input as { item: number };
      begun.push(item);
      if (item === 5) stop.abort();
      await sleep(30);
      ended.push(item);
    };
    const outcome = await run(
      mapOf({}),
      { work },
      { input: { bucket: 'here' }, signal: stop.signal, readList: async () => numbers(1000) },
    );
    expect(outcome).toEqual({ status: 'ABORTED' });
    expect(begun.length).toBeLessThan(10);
    expect(ended).toEqual(begun);
  });

  test('that is aborted is not tried again, nor is its failure caught', async () => {
    const stop = new AbortController();
    let begun = 0;
    const work = async (): Promise<never> => {
      begun += 1;
      stop.abort();
      throw named('Sometimes');
    };
    const everything = { ErrorEquals: ['States.ALL'] };
    const machine: Machine = {
      StartAt: 'it',
      States: {
        it: { Type: 'Task', Resource: WORK, Retry: [everything], Catch: [{ ...everything, Next: 'other' }], End: true },
        other: { Type: 'Task', Resource: WORK, End: true },
      },
    };
    expect(await run(machine, { work }, { signal: stop.signal })).toEqual({ status: 'ABORTED' });
    expect(begun).toBe(1);
  });

  test('that was aborted before it began does nothing', async () => {
    let begun = 0;
    const outcome = await run(
      single({ Resource: WORK }),
      { work: async () => (begun += 1) },
      { signal: AbortSignal.abort() },
    );
    expect({ outcome, begun }).toEqual({ outcome: { status: 'ABORTED' }, begun: 0 });
  });

  test('that is aborted while it waits ends at once', async () => {
    const stop = new AbortController();
    const machine: Machine = { StartAt: 'wait', States: { wait: { Type: 'Wait', Seconds: 3600, End: true } } };
    setTimeout(() => stop.abort(), 20);
    expect(await run(machine, {}, { signal: stop.signal })).toEqual({ status: 'ABORTED' });
  });
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A map over a list in a store, of which each item is one task. */
const mapOf = (fields: object, task: object = {}): Machine => ({
  StartAt: 'map',
  States: {
    map: {
      Type: 'Map',
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { 'Bucket.$': '$.bucket', Key: 'list.json' },
      },
      ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'of.$': '$.bucket' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'each',
        States: { each: { Type: 'Task', Resource: WORK, End: true, ...task } },
      },
      MaxConcurrency: 3,
      End: true,
      ...fields,
    },
  },
});

describe('a map over a list in a store', () => {
  const input = { bucket: 'here' };

  test('reads the list that is named, and gives each item its input', async () => {
    const asked: unknown[] = [];
    const readList = async (parameters: unknown) => (asked.push(parameters), ['a', 'b']);
    const outcome = await run(mapOf({}), { work: async (given) => given }, { input, readList });
    expect(asked).toEqual([{ Bucket: 'here', Key: 'list.json' }]);
    expect(outcome).toEqual({
      status: 'SUCCEEDED',
      output: [
        { item: 'a', index: 0, of: 'here' },
        { item: 'b', index: 1, of: 'here' },
      ],
    });
  });

  test('gives the item itself where nothing is selected', async () => {
    const machine = mapOf({});
    const { ItemSelector: _, ...map } = machine.States['map']!;
    const work = async (item: unknown) => Number(item) * 2;
    const states = { map: map as (typeof machine.States)[string] };
    expect(await run({ ...machine, States: states }, { work }, { input, readList: async () => [1, 2] })).toMatchObject({
      output: [2, 4],
    });
  });

  test('keeps the fields of the map around it', async () => {
    const machine = mapOf({ ResultSelector: { 'first.$': '$[0]' }, ResultPath: '$.answer' });
    const outcome = await run(machine, { work: async () => 'x' }, { input, readList: async () => [1, 2] });
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { bucket: 'here', answer: { first: 'x' } } });
  });

  test.each([
    ['a number', { MaxConcurrency: 4 }, 4],
    ['its input', { MaxConcurrency: undefined, MaxConcurrencyPath: '$.most' }, 2],
    ['nobody, and so all', { MaxConcurrency: 0 }, 20],
  ])('runs as many items at once as %s says', async (_, fields, most) => {
    let now = 0;
    let peak = 0;
    const work = async (): Promise<void> => {
      peak = Math.max(peak, ++now);
      await sleep(5);
      now -= 1;
    };
    const outcome = await run(
      mapOf(JSON.parse(JSON.stringify(fields)) as object),
      { work },
      { input: { ...input, most: 2 }, readList: async () => numbers(20) },
    );
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(peak).toBe(most);
  });

  test('of nothing does nothing', async () => {
    const work = () => Promise.reject(new Error('of what?'));
    expect(await run(mapOf({}), { work }, { input, readList: async () => [] })).toEqual({
      status: 'SUCCEEDED',
      output: [],
    });
  });

  const failingFrom = (first: number, done: number[]) => async (given: unknown) => {
    const { item } = given as { item: number };
    done.push(item);
    if (item >= first) throw named('Bad');
  };

  test('fails with the first item that fails, and begins no other', async () => {
    const done: number[] = [];
    const outcome = await run(mapOf({}), { work: failingFrom(2, done) }, { input, readList: async () => numbers(100) });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    expect(done.length).toBeLessThan(7);
  });

  test.each([
    [10, 'SUCCEEDED'],
    [9, 'FAILED'],
    [100, 'SUCCEEDED'],
  ])('tolerates that %d percent of the items fail: with 10 of 100 it has %s', async (percent, status) => {
    const machine = mapOf({ ToleratedFailurePercentage: percent, MaxConcurrency: 1 });
    expect(
      await run(machine, { work: failingFrom(90, []) }, { input, readList: async () => numbers(100) }),
    ).toMatchObject({ status });
  });

  test('is caught as any other state', async () => {
    const machine = mapOf({ Catch: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], Next: 'after' }] });
    const caught: Machine = { ...machine, States: { ...machine.States, after: { Type: 'Succeed' } } };
    const outcome = await run(caught, { work: failingFrom(0, []) }, { input, readList: async () => numbers(3) });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('fails where the list cannot be read', async () => {
    const readList = () => Promise.reject(named('OnnwardError', 'There is no list.json.'));
    expect(await run(mapOf({}), { work: async () => 1 }, { input, readList })).toEqual({
      status: 'FAILED',
      error: 'OnnwardError',
      cause: 'There is no list.json.',
    });
  });

  test('is not taken where the list is none of JSON', async () => {
    const ItemReader = { ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' } };
    await expect(run(mapOf({ ItemReader }), { work: async () => 1 }, { input })).rejects.toMatchObject({
      code: 'workflow.unsupported',
    });
  });

  test('of ten thousand items takes seconds, and is not held but for the list', async () => {
    const begun = performance.now();
    const before = process.memoryUsage().heapUsed;
    let done = 0;
    const outcome = await run(
      mapOf({ ResultPath: null }),
      { work: async () => void (done += 1) },
      { input, readList: async () => numbers(10_000) },
    );
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: input });
    expect(done).toBe(10_000);
    expect(performance.now() - begun).toBeLessThan(8_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
  });
});

test('maps and branches within one another are bound, too', async () => {
  const inner = (name: string): Machine => ({
    StartAt: name,
    States: { [name]: { Type: 'Task', Resource: WORK, End: true } },
  });
  const machine: Machine = {
    StartAt: 'both',
    States: {
      both: { Type: 'Parallel', Branches: [inner('left'), inner('right')], Next: 'each' },
      each: { Type: 'Map', ItemProcessor: inner('item'), End: true },
    },
  };
  const outcome = await run(machine, { work: async (input) => `${JSON.stringify(input)}!` }, { input: 1 });
  expect(outcome).toEqual({ status: 'SUCCEEDED', output: ['"1!"!', '"1!"!'] });
});
