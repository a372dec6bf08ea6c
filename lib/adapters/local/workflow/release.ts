import type { ReleaseRequest, TaskAnswer, TaskEvent } from '#core/release/events.ts';
import { readDefinition } from './definition.ts';
import { executionName } from './execution-name.ts';
import type { LocalFunction } from './functions.ts';
import { readList } from './read-list.ts';
import { type Outcome, runWorkflow } from './run.ts';

export interface ReleaseRunOptions {
  /** Once it is aborted no state is begun; those under way are waited for. */
  readonly signal: AbortSignal;
  /** The release has begun, or goes on. */
  readonly onOpen?: (release: string) => void;
}

export interface ReleaseRun {
  readonly outcome: Outcome;
  /** What `open` has answered. @default - it has failed, or was not even begun */
  readonly opened?: TaskAnswer;
  /** What a task has thrown last. @default - none has */
  readonly failure?: unknown;
}

/** Runs `release.asl.json` on this machine; `releaseFunction` answers its tasks. */
export async function runRelease(
  releaseFunction: LocalFunction,
  input: ReleaseRequest,
  { signal, onOpen }: ReleaseRunOptions,
): Promise<ReleaseRun> {
  let opened: TaskAnswer | undefined;
  let failure: unknown;
  const invoke = async (given: unknown): Promise<unknown> => {
    const { task } = given as TaskEvent;
    const answer = await releaseFunction.invoke(given).catch((error: unknown) => {
      throw (failure = error);
    });
    if (task === 'open') {
      opened = answer as TaskAnswer;
      onOpen?.(opened.release);
    }
    return answer;
  };
  const outcome = await runWorkflow(await readDefinition('release/release.asl.json'), {
    name: executionName(),
    input,
    functions: { releaseFunction: invoke },
    readList,
    signal,
  });
  return { outcome, ...(opened && { opened }), ...(failure !== undefined && { failure }) };
}
