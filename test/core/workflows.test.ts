import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { globSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readDefinition } from '#adapters/local/workflow/definition.ts';
import type { Machine, State, TaskFunction } from '#adapters/local/workflow/machine.ts';
import { type Outcome, runWorkflow } from '#adapters/local/workflow/run.ts';

const CORE = new URL('../../lib/core/', import.meta.url);
const FILES = globSync('**/*.asl.json', { cwd: CORE.pathname });
const AN_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:any';

/** Fields that Step Functions or the engine of this machine would pass over in silence. */
const UNKNOWN_TO_ONE = [
  'QueryLanguage',
  'Arguments',
  'Assign',
  'Output',
  'Items',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'ItemBatcher',
  'ResultWriter',
  'Credentials',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
];

/** Why a state cannot be run by every engine; nothing where it can. */
function objections(name: string, state: State): string[] {
  const unknown = UNKNOWN_TO_ONE.filter((field) => field in state).map((field) => `has ${field}`);
  const task = state.Type === 'Task' && !/^\$\{\w+\}$/.test(String(state['Resource']));
  const inline = state.Type === 'Map' && !('ItemReader' in state) && 'ToleratedFailurePercentage' in state;
  return [
    ...unknown,
    ...(task ? [`calls ${String(state['Resource'])} and no function of ours`] : []),
    ...(inline ? ['tolerates failures without a list in a store'] : []),
    ...('ItemReader' in state ? readerObjections(state) : []),
  ].map((why) => `${name} ${why}`);
}

const readerObjections = ({ ItemReader, ItemProcessor }: State): string[] => {
  const { Resource, ReaderConfig } = ItemReader as { Resource: string; ReaderConfig: { InputType: string } };
  const mode = (ItemProcessor as { ProcessorConfig?: { Mode?: string } }).ProcessorConfig?.Mode;
  return [
    ...(Resource === 'arn:aws:states:::s3:getObject' ? [] : [`reads ${Resource}`]),
    ...(JSON.stringify(ReaderConfig) === '{"InputType":"JSON"}' ? [] : ['reads no JSON, or not all of it']),
    ...(mode === 'DISTRIBUTED' ? [] : ['has a reader, and is not distributed']),
  ];
};

/** Every state, those of maps and branches too. */
function* states(machine: Machine): Generator<[string, State]> {
  for (const [name, state] of Object.entries(machine.States)) {
    yield [name, state];
    const inner = [state['ItemProcessor'], state['Iterator'], ...((state['Branches'] as Machine[]) ?? [])];
    for (const each of inner) if (each !== undefined) yield* states(each as Machine);
  }
}

test('there are workflows to look at', () => {
  expect(FILES).toContain('batch/batch.asl.json');
});

describe.each(FILES)('%s', (file) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await readDefinition(file);
  });

  test('is valid Amazon States Language', () => {
    const bound = JSON.parse(JSON.stringify(machine).replaceAll(/\$\{\w+\}/g, AN_ARN)) as StateMachineDefinition;
    expect(() => new StateMachine(bound)).not.toThrow();
  });

  test('has nothing in any state that one of the engines lacks', () => {
    expect([...states(machine)].flatMap(([name, state]) => objections(name, state))).toEqual([]);
    expect(machine['QueryLanguage'] ?? 'JSONPath').toBe('JSONPath');
  });

  test('names each state once, so that a function is bound to the right one', () => {
    const names = Array.from(states(machine), ([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('uses no expression but plain paths, which every engine reads alike', () => {
    const paths = [...JSON.stringify(machine).matchAll(/"(?:\w+\.\$|\w*Path|Variable)":"([^"]*)"/g)].map(
      (found) => found[1],
    );
    for (const path of paths) expect(path).toMatch(/^\$\$?(\.\w+)*$/);
  });
});

describe('objections are found', () => {
  test.each<[string, object, string]>([
    ['JSONata', { Type: 'Pass', QueryLanguage: 'JSONata' }, 'it has QueryLanguage'],
    ['a heartbeat', { Type: 'Task', Resource: '${f}', HeartbeatSeconds: 5 }, 'it has HeartbeatSeconds'],
    [
      'a call of AWS',
      { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:getObject' },
      'it calls arn:aws:states:::aws-sdk:s3:getObject and no function of ours',
    ],
    ['tolerance', { Type: 'Map', ToleratedFailurePercentage: 5 }, 'it tolerates failures without a list in a store'],
  ])('of %s', (_, state, objection) => {
    expect(objections('it', state as State)).toEqual([objection]);
  });
});

describe('batch', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await readDefinition('batch/batch.asl.json');
  });

  type Task = { readonly task: string; readonly shard?: { readonly index: number } };
  interface Toys {
    readonly plan?: TaskFunction;
    readonly score?: (index: number) => Promise<unknown>;
    readonly account?: TaskFunction;
    readonly shards?: number;
    /** @default - the list can be read */
    readonly unlisted?: Error;
  }
  const PLANNED = {
    state: 'planned',
    job: 'j1',
    drive: 2,
    concurrency: 2,
    list: { bucket: 'file:/store', key: 'l.json' },
  };

  /** What the workflow comes to, with these in the place of the function, and what it has asked in which order. */
  async function driven(toys: Toys): Promise<{ readonly outcome: Outcome; readonly asked: unknown[] }> {
    const asked: unknown[] = [];
    const batchFunction = async (event: unknown): Promise<unknown> => {
      asked.push(event);
      const { task, shard } = event as Task;
      if (task === 'plan') return toys.plan ? toys.plan(event) : PLANNED;
      if (task === 'score') return toys.score ? toys.score(shard!.index) : {};
      return toys.account ? toys.account(event) : { state: 'done', job: 'j1' };
    };
    const readList = async (list: unknown) => {
      expect(list).toEqual({ Bucket: 'file:/store', Key: 'l.json' });
      if (toys.unlisted) throw toys.unlisted;
      return Array.from({ length: toys.shards ?? 2 }, (_, index) => ({ index, input: 0, part: { kind: 'whole' } }));
    };
    const input = { model: 'iris', inputs: ['file:/in.csv'] };
    return {
      outcome: await runWorkflow(machine, { name: 'drive', input, functions: { batchFunction }, readList }),
      asked,
    };
  }

  const tasksOf = (asked: unknown[]): string[] => asked.map((event) => (event as Task).task);
  const failing = (name: string) => () => Promise.reject(Object.assign(new Error('on purpose'), { name }));

  test('plans, scores each shard, and accounts', async () => {
    const { outcome, asked } = await driven({});
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { state: 'done', job: 'j1' } });
    expect(asked).toEqual([
      { task: 'plan', execution: 'drive', input: { model: 'iris', inputs: ['file:/in.csv'] } },
      { task: 'score', job: 'j1', drive: 2, shard: { index: 0, input: 0, part: { kind: 'whole' } } },
      { task: 'score', job: 'j1', drive: 2, shard: { index: 1, input: 0, part: { kind: 'whole' } } },
      { task: 'account', job: 'j1', drive: 2 },
    ]);
  });

  test.each(['ignored', 'answered', 'duplicate', 'done'])('has nothing to do where the plan says %s', async (state) => {
    const { outcome, asked } = await driven({ plan: async () => ({ state, job: 'j1' }) });
    expect(outcome).toEqual({ status: 'SUCCEEDED', output: { state, job: 'j1' } });
    expect(tasksOf(asked)).toEqual(['plan']);
  });

  test('fails where the plan refuses', async () => {
    const { outcome, asked } = await driven({ plan: async () => ({ state: 'refused', job: 'j1' }) });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.Refused' });
    expect(tasksOf(asked)).toEqual(['plan']);
  });

  test.each(['batch.request', 'batch.options', 'batch.no_job', 'batch.no_drive', 'store.access_denied'])(
    'does not plan again what fails with %s',
    async (code) => {
      const { outcome, asked } = await driven({ plan: failing(code) });
      expect(outcome).toEqual({ status: 'FAILED', error: code, cause: 'on purpose' });
      expect(tasksOf(asked)).toEqual(['plan']);
    },
  );

  test('plans again where that fails by accident', async () => {
    let times = 0;
    const { outcome, asked } = await driven({
      plan: async () => ((times += 1) < 3 ? failing('Lambda.Unknown')() : PLANNED),
    });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(tasksOf(asked)).toEqual(['plan', 'plan', 'plan', 'score', 'score', 'account']);
  });

  test('leaves a shard pending that fails thrice, scores the others, and accounts for it', async () => {
    const { outcome, asked } = await driven({
      shards: 5,
      score: (index) => (index === 3 ? failing('Lambda.Unknown')() : Promise.resolve({})),
      account: async () => ({ state: 'pending', job: 'j1' }),
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.Unfinished' });
    const scored = (asked as Task[]).filter(({ task }) => task === 'score').map(({ shard }) => shard!.index);
    expect(scored.filter((index) => index === 3)).toHaveLength(3);
    expect(new Set(scored)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(tasksOf(asked).at(-1)).toBe('account');
  });

  test('accounts though every shard fails', async () => {
    const { outcome, asked } = await driven({
      score: failing('Error'),
      account: async () => ({ state: 'pending', job: 'j1' }),
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.Unfinished' });
    expect(tasksOf(asked).filter((task) => task === 'account')).toHaveLength(1);
  });

  test('accounts, for the job and the drive, where the map itself fails', async () => {
    const { outcome, asked } = await driven({
      unlisted: Object.assign(new Error('no such list'), { name: 'States.ItemReaderFailed' }),
      account: async () => ({ state: 'pending', job: 'j1' }),
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.Unfinished' });
    expect(tasksOf(asked)).toEqual(['plan', 'account']);
    expect(asked.at(-1)).toEqual({ task: 'account', job: 'j1', drive: 2 });
  });

  test('accounts where no shard is left', async () => {
    const { outcome, asked } = await driven({ shards: 0 });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(tasksOf(asked)).toEqual(['plan', 'account']);
  });

  test.each(['failed', 'cancelled', 'pending'])('is unfinished where the account says %s', async (state) => {
    const { outcome } = await driven({ account: async () => ({ state, job: 'j1' }) });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.Unfinished' });
  });

  test('fails by the name of the error where it cannot be accounted for', async () => {
    const { outcome, asked } = await driven({ account: failing('OnnwardError') });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'OnnwardError' });
    expect(tasksOf(asked).filter((task) => task === 'account')).toHaveLength(4);
  });
});
