import type { TaskAnswer, TaskEvent, TrainingRequest } from '#core/training/events.ts';
import { readDefinition } from './definition.ts';
import { executionName } from './execution-name.ts';
import type { LocalFunction } from './functions.ts';
import { readList } from './read-list.ts';
import { type Outcome, runWorkflow } from './run.ts';

export interface TrainingRunOptions {
  /** Once it is aborted no state is begun; those under way are waited for. The trainer itself runs on. */
  readonly signal: AbortSignal;
  /** The training has begun, or goes on; and the one that follows it, which optimizes what it has made. */
  readonly onOpen?: (training: string) => void;
}

export interface TrainingRun {
  readonly outcome: Outcome;
  /** What `open` has answered. @default - it has failed, or was not even begun */
  readonly opened?: TaskAnswer;
  /** What a task has thrown last. @default - none has */
  readonly failure?: unknown;
}

/** Runs `training.asl.json` on this machine; `trainingFunction` answers its tasks. */
export async function runTraining(
  trainingFunction: LocalFunction,
  input: TrainingRequest,
  { signal, onOpen }: TrainingRunOptions,
): Promise<TrainingRun> {
  let opened: TaskAnswer | undefined;
  let told: string | undefined;
  let failure: unknown;
  const invoke = async (given: unknown): Promise<unknown> => {
    const { task } = given as TaskEvent;
    const answer = (await trainingFunction.invoke(given).catch((error: unknown) => {
      throw (failure = error);
    })) as TaskAnswer;
    if (task === 'open') opened = answer;
    if (answer.training !== '' && answer.training !== told) onOpen?.((told = answer.training));
    return answer;
  };
  const outcome = await runWorkflow(await readDefinition('training/training.asl.json'), {
    name: executionName(),
    input,
    functions: { trainingFunction: invoke },
    readList,
    signal,
  });
  return { outcome, ...(opened && { opened }), ...(failure !== undefined && { failure }) };
}
