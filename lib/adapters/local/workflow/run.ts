import { ExecutionTimeoutError } from 'aws-local-stepfunctions';
import { execute } from './execution.ts';
import { localMachine, type Bindings, type Machine, type TaskFunction } from './machine.ts';
import { mapList, type ReadList } from './map-list.ts';
import { UnderWay } from './under-way.ts';

export interface WorkflowOptions {
  /** Of this execution; `$$.Execution.Name`. */
  readonly name: string;
  readonly input: unknown;
  /** By the name between the braces of a task's `"Resource": "${name}"`. */
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** Reads what a map's `ItemReader` names. */
  readonly readList: ReadList;
  /** Once it is aborted no task is begun; those under way are waited for. @default - it runs to its end */
  readonly signal?: AbortSignal;
}

/** How an execution ended, in the words of Step Functions. */
export type Outcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string }
  | { readonly status: 'TIMED_OUT' | 'ABORTED' };

/** Runs a workflow file in this process, to the end that it comes to in Step Functions. Throws `workflow.unsupported`. */
export async function runWorkflow(definition: Machine, options: WorkflowOptions): Promise<Outcome> {
  const { name, input, readList, signal: given } = options;
  const ended = new AbortController();
  const signal = given ? AbortSignal.any([given, ended.signal]) : ended.signal;
  const underWay = new UnderWay(signal);
  const functions = Object.entries(options.functions).map(([key, run]) => [key, underWay.tracked(run)] as const);
  const bindings: Bindings = {
    functions: Object.fromEntries(functions),
    listMap: (map) => mapList(map, { readList, local: (machine) => localMachine(machine, bindings), signal }),
  };
  const local = localMachine(definition, bindings);
  try {
    const output = await execute(local, input, { Execution: { Id: name, Name: name } }, signal);
    return { status: 'SUCCEEDED', output };
  } catch (error) {
    return failureOf(error, given?.aborted === true);
  } finally {
    ended.abort();
    await underWay.settled();
  }
}

function failureOf(error: unknown, aborted: boolean): Outcome {
  if (aborted) return { status: 'ABORTED' };
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT' };
  const { name, message } = (error as Error).cause as Error;
  return { status: 'FAILED', error: name, cause: message };
}
