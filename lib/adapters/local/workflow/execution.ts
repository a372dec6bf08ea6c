import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { LocalMachine } from './machine.ts';

/** Runs a machine to its end; throws what the engine throws. `signal` ends it at once, though not the tasks under way. */
export async function execute(
  { machine, tasks }: LocalMachine,
  input: unknown,
  context: Context,
  signal: AbortSignal,
): Promise<unknown> {
  // What stands for AWS in it is none of the language; the files themselves are validated by a test.
  const engine = new StateMachine(machine as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const { result, abort } = engine.run(input as Json, {
    overrides: { taskResourceLocalHandlers: tasks as Handlers },
    context,
  });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return result.finally(() => signal.removeEventListener('abort', abort));
}

type Run = StateMachine['run'];
type Json = Parameters<Run>[0];
type Options = NonNullable<Parameters<Run>[1]>;
/** What `$$` is; an item's is beside the execution's. */
export type Context = NonNullable<Options['context']>;
type Handlers = NonNullable<NonNullable<Options['overrides']>['taskResourceLocalHandlers']>;
