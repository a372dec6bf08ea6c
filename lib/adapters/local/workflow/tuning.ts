import type { TuneAnswer, TuneEvent, TuneRequest } from '#core/training/tuning/events.ts';
import { readDefinition } from './definition.ts';
import { executionName } from './execution-name.ts';
import type { LocalFunction } from './functions.ts';
import { readList } from './read-list.ts';
import { type Outcome, runWorkflow } from './run.ts';

export interface TuningRunOptions {
  /** Once it is aborted no state is begun; those under way are waited for. The trials themselves run on. */
  readonly signal: AbortSignal;
  /** The tuning has begun, or goes on. */
  readonly onOpen?: (tuning: string) => void;
}

export interface TuningRun {
  readonly outcome: Outcome;
  /** What `open` has answered. @default - it has failed, or was not even begun */
  readonly opened?: TuneAnswer;
  /** What a task has thrown last. @default - none has */
  readonly failure?: unknown;
}

/** Runs `tuning.asl.json` on this machine; `trainingFunction` answers its tasks. */
export async function runTuning(
  trainingFunction: LocalFunction,
  input: TuneRequest,
  { signal, onOpen }: TuningRunOptions,
): Promise<TuningRun> {
  let opened: TuneAnswer | undefined;
  let failure: unknown;
  const invoke = async (given: unknown): Promise<unknown> => {
    const { task } = given as TuneEvent;
    const answer = (await trainingFunction.invoke(given).catch((error: unknown) => {
      throw (failure = error);
    })) as TuneAnswer;
    if (task === 'tune open') {
      opened = answer;
      onOpen?.(answer.training);
    }
    return answer;
  };
  const outcome = await runWorkflow(await readDefinition('training/tuning/tuning.asl.json'), {
    name: executionName(),
    input,
    functions: { trainingFunction: invoke },
    readList,
    signal,
  });
  return { outcome, ...(opened && { opened }), ...(failure !== undefined && { failure }) };
}
