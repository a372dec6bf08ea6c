import { invalid, type OnnwardError } from '#core/errors.ts';

/** A state of the Amazon States Language, as far as it is read here. */
export interface State {
  readonly Type: string;
  readonly [field: string]: unknown;
}

/** A workflow file, or what runs for each item of a map. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly [field: string]: unknown;
}

/** Answers a task's input. What it throws has the error's `name`, by which `Retry` and `Catch` know it. */
export type TaskFunction = (input: unknown) => Promise<unknown>;

/** A map over a list that lies in a store: each item is an execution of its own, as a Distributed Map starts them. */
export interface ListMap {
  readonly state: string;
  readonly processor: Machine;
  readonly itemSelector: unknown;
  /** Percent of the items. */
  readonly tolerated: number;
}

/** A workflow as the engine of this machine takes it. */
export interface LocalMachine {
  readonly machine: Machine;
  /** By the name of the state. */
  readonly tasks: Readonly<Record<string, TaskFunction>>;
}

export interface Bindings {
  /** By the name between the braces of a task's `"Resource": "${name}"`. */
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** What stands for a map over a list that lies in a store. */
  readonly listMap: (map: ListMap) => TaskFunction;
}

/** The engine gives a task up after a minute, where AWS waits for years: the longest that a timer takes, seconds. */
const LONGEST_SECONDS = 2_000_000;
/** Nobody throttles here, and a person waits: the first interval of a retry and the longest, seconds. */
const RETRY = { IntervalSeconds: 0.2, MaxDelaySeconds: 2, JitterStrategy: 'NONE' } as const;
const PLACEHOLDER = /^\$\{(\w+)\}$/;

/** Fields of a map that hold for the task in its place, too. */
const KEPT = ['Comment', 'InputPath', 'ResultSelector', 'ResultPath', 'OutputPath', 'Catch', 'Next', 'End'];

/**
 * Fits a workflow to the engine of this machine: tasks are bound to functions, a list in a store is read by a task, and
 * times are those of one machine. How a state gets its input may change, its logic never does.
 * Throws `workflow.unsupported`.
 */
export function localMachine(machine: Machine, bindings: Bindings): LocalMachine {
  const states: Record<string, State> = {};
  const tasks: Record<string, TaskFunction> = {};
  const nest = (inner: Machine): Machine => {
    const local = localMachine(inner, bindings);
    Object.assign(tasks, local.tasks);
    return local.machine;
  };
  for (const [name, state] of Object.entries(machine.States)) {
    const bound = taskOf(name, state, bindings);
    if (bound !== undefined) tasks[name] = bound;
    states[name] = localState(name, retriedSoon(state), nest);
  }
  return { machine: { ...withoutLongTimeout(machine), States: states }, tasks };
}

function taskOf(name: string, state: State, { functions, listMap }: Bindings): TaskFunction | undefined {
  if (state.Type === 'Map' && state['ItemReader'] !== undefined) return listMap(listMapOf(name, state));
  if (state.Type !== 'Task') return undefined;
  const placeholder = PLACEHOLDER.exec(String(state['Resource']))?.[1];
  const bound = placeholder === undefined ? undefined : functions[placeholder];
  if (!bound) throw unsupported(name, `no function is bound to ${JSON.stringify(state['Resource'])}`);
  return bound;
}

function localState(name: string, state: State, nest: (machine: Machine) => Machine): State {
  if (state.Type === 'Map' && state['ItemReader'] !== undefined) return listTask(name, state);
  if (state.Type === 'Map') return { ...state, ItemProcessor: nest(state['ItemProcessor'] as Machine) };
  if (state.Type === 'Parallel') return { ...state, Branches: (state['Branches'] as Machine[]).map(nest) };
  return state.Type === 'Task' ? withTimeout(state) : state;
}

const listMapOf = (name: string, state: State): ListMap => ({
  state: name,
  processor: state['ItemProcessor'] as Machine,
  itemSelector: state['ItemSelector'],
  tolerated: Number(state['ToleratedFailurePercentage'] ?? 0),
});

/** The task in a map's place. It gets the map's input, where the list is, and the context, all resolved by the engine. */
function listTask(name: string, state: State): State {
  const reader = state['ItemReader'] as { readonly Parameters?: unknown; readonly ReaderConfig?: unknown };
  if (JSON.stringify(reader.ReaderConfig) !== '{"InputType":"JSON"}')
    throw unsupported(name, 'only JSON lists are read');
  const kept = KEPT.filter((field) => field in state).map((field) => [field, state[field]]);
  return withTimeout({
    ...(Object.fromEntries(kept) as object),
    ...('Retry' in state && { Retry: state['Retry'] }),
    Type: 'Task',
    Resource: 'local',
    Parameters: {
      'input.$': '$',
      'context.$': '$$',
      list: reader.Parameters,
      ...('MaxConcurrencyPath' in state
        ? { 'concurrency.$': state['MaxConcurrencyPath'] }
        : { concurrency: state['MaxConcurrency'] ?? 0 }),
    },
  });
}

/** A timer of this machine ends sooner than a workflow of weeks may take: then nothing ends it but its states. */
function withoutLongTimeout({ TimeoutSeconds: seconds, ...machine }: Machine): Machine {
  const kept = { ...machine, StartAt: machine.StartAt, States: machine.States };
  return typeof seconds === 'number' && seconds <= LONGEST_SECONDS ? { ...kept, TimeoutSeconds: seconds } : kept;
}

const withTimeout = (state: State): State =>
  'TimeoutSeconds' in state || 'TimeoutSecondsPath' in state ? state : { ...state, TimeoutSeconds: LONGEST_SECONDS };

const retriedSoon = (state: State): State =>
  'Retry' in state
    ? { ...state, Retry: (state['Retry'] as object[]).map((retrier) => ({ ...retrier, ...RETRY })) }
    : state;

const unsupported = (state: string, why: string): OnnwardError =>
  invalid('workflow.unsupported', `The state '${state}' of the workflow cannot be run on this machine: ${why}.`, {
    fields: { state },
  });
