import type { OnnwardError } from '#core/errors.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { readDocument, readTraining } from '#core/training/store.ts';
import { releaseDocument } from './release-document.ts';
import { openReleasePlace } from './release-place.ts';
import { notLive, reportRelease } from './release-report.ts';
import type { TrainingPlace } from './training-place.ts';

interface Asked {
  readonly json?: boolean | undefined;
  readonly store?: string | undefined;
}

/**
 * Has `report` say what has come of trainings that belong together, and releases here what they have asked for: with --json
 * all of it is one document. What has failed is thrown once all is said.
 */
export async function reportAndRelease(
  place: TrainingPlace,
  trainings: readonly string[],
  asked: Asked,
  report: (more: object) => Promise<void>,
): Promise<void> {
  if (asked.json) {
    const released = await releaseTrained(place, trainings, asked);
    await report(released ? { release: released.document } : {});
    if (released?.failure) throw released.failure;
    return;
  }
  const failures: unknown[] = [];
  await report({}).catch((failure: unknown) => failures.push(failure));
  await releaseTrained(place, trainings, asked);
  if (failures.length > 0) throw failures[0];
}

interface Released {
  readonly document: object;
  /** Why it is not live. */
  readonly failure?: OnnwardError;
}

/** On this machine, the release that the training asks for: nobody else runs it. In a stage its own workflow does. */
async function releaseTrained(
  { store, where }: TrainingPlace,
  trainings: readonly string[],
  { json, store: url }: Asked,
): Promise<Released | undefined> {
  const last = trainings.at(-1);
  if (last === undefined || where !== '') return undefined;
  const { model, options, version: original } = await readTraining(store, last);
  const version = (await readDocument(store, last, 'register'))?.version ?? original;
  if (!options.release || version === undefined) return undefined;
  const place = await openReleasePlace({ store: url });
  const request = { model: `${model}:${version}`, actor: place.actor, why: `trained by ${last}` };
  const id = await place.run(request, { json: json === true });
  if (id === undefined) return undefined;
  if (!json) await reportRelease(place, id, false);
  const status = await releaseStatus(place.store, id);
  const failure = status.state === 'live' ? undefined : notLive(status, place.where);
  return { document: await releaseDocument(place.store, status), ...(failure && { failure }) };
}
