import { type LocalFunction, openFunction } from '#adapters/local/workflow/functions.ts';
import { PIN, TRAINING } from '#core/deployment/names.ts';
import { CACHE_FOLDER } from './cache.ts';
import type { Workplace } from './registry.ts';
import { trainedHere } from './training-options.ts';

/** The function of trainings in a process of this machine; the trainers are processes of their own. Throws `training.no_channel`, `training.no_source`. */
export async function openTrainingFunction({ store, config, folder }: Workplace): Promise<LocalFunction> {
  return openFunction({
    handler: 'functions/training/handler.ts',
    processes: 1,
    environment: {
      [PIN.store]: store.url,
      [TRAINING.models]: JSON.stringify(await trainedHere(config, folder)),
      [TRAINING.folder]: folder,
      [TRAINING.cache]: CACHE_FOLDER,
    },
  });
}
