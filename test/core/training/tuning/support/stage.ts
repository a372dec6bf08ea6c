import { readDefinition } from '#adapters/local/workflow/definition.ts';
import type { Machine } from '#adapters/local/workflow/machine.ts';
import { readList } from '#adapters/local/workflow/read-list.ts';
import { type Outcome, runWorkflow } from '#adapters/local/workflow/run.ts';
import { named } from '#core/named-error.ts';
import type { JobRunner, ObjectStore } from '#core/ports.ts';
import type { TrainingOptions, TuningOptions } from '#core/training/options.ts';
import type { Training } from '#core/training/training.ts';
import type { TuneAnswer, TuneEvent, TuneRequest } from '#core/training/tuning/events.ts';
import { readTable, type Trial } from '#core/training/tuning/table.ts';
import { runTuneTask } from '#core/training/tuning/tasks.ts';
import type { TrainingWorld } from '#core/training/world.ts';
import { leftByTrainer, newStage as newTrainingStage, OPTIONS } from '../../support/stage.ts';
import { type Behaviour, METRIC, SimulatedJobs } from './jobs.ts';

const START = Date.parse('2026-11-23T00:00:00.000Z');

/** A rate that is best at 0.1, and a number of layers that hardly matters. */
export const TUNING: TuningOptions = {
  parameters: { rate: { from: 0.001, to: 10, scale: 'log' }, layers: { values: [1, 2] } },
  objective: { metric: METRIC },
  trials: 8,
  parallel: 2,
  seed: 7,
};

export interface Stage {
  readonly world: TrainingWorld;
  readonly jobs: SimulatedJobs;
  readonly released: string[];
  /** Seconds by which the clock goes on. */
  readonly pass: (seconds: number) => void;
  /** The same on another store, and with another way to its jobs. */
  readonly on: (store: ObjectStore, jobs: JobRunner) => TrainingWorld;
}

export interface StageOptions {
  readonly tuning?: TuningOptions;
  readonly options?: TrainingOptions;
  /** @default - `quality` decides, as of a trainer of ten epochs that leaves a good model of irises */
  readonly behave?: (training: Training, good: Behaviour) => Behaviour;
}

/** Made once: each stage only reads it. */
let left: ReturnType<typeof leftByTrainer> | undefined;

/** How good a model is that was trained so: from 0 to 1. */
export function quality({ options }: Training): number {
  const { rate = 1, layers = 1 } = options.hyperparameters ?? {};
  return 0.95 - 0.1 * Math.abs(Math.log10(Number(rate)) + 1) + 0.01 * Number(layers);
}

export async function newStage({
  tuning = TUNING,
  options,
  behave = (_, good) => good,
}: StageOptions = {}): Promise<Stage> {
  let now = 0;
  const base = await newTrainingStage({ options: { ...OPTIONS, tuning, ...options } });
  const files = await (left ??= leftByTrainer());
  const good = (training: Training): Behaviour => {
    const best = quality(training);
    // A trial is told from the others by what it takes and by its every value.
    const values = Array.from({ length: 10 }, (_, epoch) => best * (1 - 0.5 ** (epoch + 1)));
    return { seconds: 10, values: [...values.slice(0, -1), best], files };
  };
  const jobs = new SimulatedJobs(
    base.world.store,
    () => START / 1000 + now,
    (training) => behave(training, good(training)),
  );
  const clock = (): number => START + now * 1000;
  const on = (store: ObjectStore, runner: JobRunner): TrainingWorld => ({ ...base.on(store), clock, jobs: runner });
  return {
    world: on(base.world.store, jobs),
    jobs,
    released: base.released,
    pass: (seconds) => void (now += seconds),
    on,
  };
}

/** Runs the workflow's own file; a wait passes at once, by the clock. */
export async function run(
  { world, pass }: Pick<Stage, 'world' | 'pass'>,
  input: TuneRequest = { model: 'iris', actor: 'ada' },
  onTask: (event: TuneEvent) => void | Promise<void> = () => undefined,
): Promise<Outcome> {
  const trainingFunction = async (event: unknown): Promise<unknown> => {
    await onTask(event as TuneEvent);
    const answer: TuneAnswer = await runTuneTask(world, event as TuneEvent).catch((error: unknown) => {
      throw named(error);
    });
    if (answer.next === 'wait') pass(answer.seconds ?? 0);
    return answer;
  };
  return runWorkflow(withoutWaits(await readDefinition('training/tuning/tuning.asl.json')), {
    name: `execution-${count++}`,
    input,
    functions: { trainingFunction },
    readList,
  });
}

let count = 0;

/** And without retries, which are the workflow's own test. */
function withoutWaits(machine: Machine): Machine {
  const states = Object.entries(machine.States).map(([name, { Retry: _retry, SecondsPath: _path, ...state }]) => [
    name,
    state.Type === 'Wait' ? { ...state, Type: 'Pass' } : state,
  ]);
  return { ...machine, States: Object.fromEntries(states) as Machine['States'] };
}

export const tableOf = ({ world }: Pick<Stage, 'world'>, tuning = 'iris-t1'): Promise<Trial[]> =>
  readTable(world.store, tuning);
