import { readDocument, readTraining } from '#core/training/store.ts';
import { openReleasePlace } from './release-place.ts';
import { reportRelease } from './release-report.ts';
import type { TrainingPlace } from './training-place.ts';

/** On this machine, the release that the training asks for: nobody else runs it. In a stage its own workflow does. */
export async function releaseTrained(
  { store, where }: TrainingPlace,
  trainings: readonly string[],
  { json, store: url }: { readonly json?: boolean | undefined; readonly store?: string | undefined },
): Promise<void> {
  const last = trainings.at(-1);
  if (last === undefined || where !== '') return;
  const { model, options, version: original } = await readTraining(store, last);
  const version = (await readDocument(store, last, 'register'))?.version ?? original;
  if (!options.release || version === undefined) return;
  const place = await openReleasePlace({ store: url });
  const request = { model: `${model}:${version}`, actor: place.actor, why: `trained by ${last}` };
  const id = await place.run(request, { json: json === true });
  if (id !== undefined) await reportRelease(place, id, json === true);
}
