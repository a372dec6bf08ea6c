import type { LoadedConfig } from '#adapters/local/config.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { GoOn, NewTraining } from '#core/training/events.ts';
import { usageError } from './arguments.ts';
import { actor, openWorkplace } from './registry.ts';
import { askTrainingHere, runTrainingHere } from './training-here.ts';

export interface TrainingRunOptions {
  readonly json: boolean;
}

/** What a person asks of a training that is there already. */
export interface TrainingAsk {
  readonly task: 'stop';
  readonly training: string;
  readonly actor: string;
  readonly reason: string;
}

/** Where trainings run, and what is known of them. */
export interface TrainingPlace extends LoadedConfig {
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** What a command needs more to look for a training there: ` --stage NAME`, or nothing. */
  readonly where: string;
  /** Who asks; it is kept. */
  readonly actor: string;
  /**
   * Runs the workflow to its end; gives the trainings that it went through, the last one last, or none where there was nothing to
   * do. Throws `training.interrupted` at a Ctrl-C, and by its own code what refused it.
   */
  run(request: NewTraining | GoOn, options: TrainingRunOptions): Promise<readonly string[]>;
  /** What the function answers. Throws by its own code what it throws. */
  ask(event: TrainingAsk): Promise<unknown>;
}

interface PlaceArguments {
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openTrainingPlace(args: PlaceArguments): Promise<TrainingPlace> {
  if (args.stage !== undefined) return openStage(args.stage, args.store);
  const workplace = await openWorkplace(args);
  return {
    ...workplace,
    where: '',
    actor: actor(),
    run: (request, options) => runTrainingHere(workplace, request, options),
    ask: (event) => askTrainingHere(workplace, event),
  };
}

async function openStage(stage: string, store: string | undefined): Promise<TrainingPlace> {
  if (store !== undefined) {
    throw usageError('either', '--stage and --store both say where trainings are.', 'Give one of them.');
  }
  const { askTrainingStage, findTrainings, runTrainingInStage } = await import('./training-stage.ts');
  const found = await findTrainings(stage);
  return {
    ...found.loaded,
    store: found.store,
    registry: new Registry(found.store, { clock: Date.now, actor: found.actor }),
    where: ` --stage ${stage}`,
    actor: found.actor,
    run: (request, options) => runTrainingInStage(found, request, options),
    ask: (event) => askTrainingStage(found, event),
  };
}
