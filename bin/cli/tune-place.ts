import type { TuneRequest } from '#core/training/tuning/events.ts';
import { openTrainingPlace, type TrainingPlace } from './training-place.ts';
import { runTuningHere } from './tune-here.ts';

export interface TuneRunOptions {
  readonly json: boolean;
}

/** Where trainings run, and tunings, which are many of them. */
export interface TunePlace extends TrainingPlace {
  /** Runs the workflow to its end, and gives the tuning. Throws `training.interrupted` at a Ctrl-C, and by its own code what refused it. */
  tune(request: TuneRequest, options: TuneRunOptions): Promise<string>;
}

interface PlaceArguments {
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openTunePlace(args: PlaceArguments): Promise<TunePlace> {
  const place = await openTrainingPlace(args);
  const { stage } = args;
  if (stage === undefined) return { ...place, tune: (request, options) => runTuningHere(place, request, options) };
  const { runTuningInStage } = await import('./tune-stage.ts');
  return { ...place, tune: (request, options) => runTuningInStage(stage, request, options) };
}
