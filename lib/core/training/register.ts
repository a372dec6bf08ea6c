import { invalid } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { TaskAnswer } from './events.ts';
import { modelPrefix } from './keys.ts';
import { baselineOf, notesOf, partsOf } from './left.ts';
import { trainedRows } from './trained-rows.ts';
import { notesIn, provenanceOf } from './provenance.ts';
import { releaseTrained } from './release.ts';
import { documentOf, readDocument, readResult } from './store.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/** The task of the workflow. */
export async function registerTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id, model, kind, options } = training;
  const { version } = await documentOf(world.store, id, 'register', async () => ({
    version: (kind === 'optimize' ? await registerVariant(world, training) : await registerTraining(world, training))
      .version,
  }));
  // Where variants are tried first, what goes live is the best of them.
  if (options.release && !(kind === 'train' && options.optimize)) return { training: id, next: 'release' };
  const { baseline } = await world.registry.manifest(model, version);
  const lacks = baseline?.why === undefined ? '' : ` Drift cannot be told of it: ${baseline.why}`;
  return { training: id, next: 'end', state: 'registered', reason: `${model}:${version} is registered.${lacks}` };
}

/** The task of the workflow: has the version released that came of it. */
export async function releaseTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id, model, version: original } = training;
  const registered = await readDocument(world.store, id, 'register');
  const version = registered?.version ?? original;
  if (version === undefined) throw invalid('training.request', `${id} has made no version to release.`);
  await releaseTrained(world, training, version);
  const reason = `${model}:${version} is ${registered ? 'registered' : 'kept as it is'}, and its release is asked for.`;
  return { training: id, next: 'end', state: registered ? 'registered' : 'kept', reason };
}

/**
 * Makes what a trainer has left the next version of the model, with all that is known of how it came about: once, however
 * often it is asked for. `more` is added to its provenance. Throws what registering throws.
 */
export async function registerTraining(
  world: TrainingWorld,
  training: Training,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Manifest> {
  const { training: id, model } = training;
  const there = await registeredBy(world, model, id);
  if (there) return there;
  const result = await readResult(world.store, id);
  const check = await readDocument(world.store, id, 'check');
  const prefix = modelPrefix(id);
  const files = await world.bring(prefix, partsOf(result));
  const notes = await world.bring(prefix, notesOf(result));
  try {
    const { labels, golden, metrics, preprocess, trainer } = await notesIn(notes);
    const rows = baselineOf(result);
    return await world.register({
      name: model,
      folder: files.folder,
      golden,
      ...(labels !== undefined && { labels }),
      ...(preprocess && { preprocess }),
      metrics: { ...result.metrics, ...metrics },
      ...(rows && {
        baseline: { ...rows, key: prefix + rows.path },
        rows: trainedRows(world, training, prefix + rows.path, trainer),
      }),
      provenance: { ...provenanceOf(training, result, check), trainer, ...more },
      why: `trained by ${id}`,
    });
  } finally {
    await Promise.all([files.close(), notes.close()]);
  }
}

/** What is known of the version whose variant it is holds for it, too. */
async function registerVariant(world: TrainingWorld, training: Training): Promise<Manifest> {
  const { training: id, model, version = 0 } = training;
  const there = await registeredBy(world, model, id);
  if (there) return there;
  const { pick } = (await readDocument(world.store, id, 'optimization')) ?? {};
  if (!pick) throw invalid('training.no_variant', `${id} has picked no variant of ${model}:${version}.`);
  const original = await world.registry.manifest(model, version);
  const { baseline, labels, task, preprocess } = original;
  const within = pick.files.map((file) => ({ ...file, path: file.path.slice(pick.folder.length + 1) }));
  const files = await world.bring(`${modelPrefix(id)}${pick.folder}/`, within);
  try {
    return await world.register({
      name: model,
      folder: files.folder,
      golden: original,
      ...(labels && { labels }),
      ...(task !== undefined && { task }),
      ...(preprocess && { preprocess }),
      ...(baseline && { baseline }),
      metrics: { ...pick.metrics },
      provenance: { source: 'optimize', training: id, of: version, ...pick.provenance, original: original.provenance },
      why: `${pick.method} of version ${version}, by ${id}`,
    });
  } finally {
    await files.close();
  }
}

/** Looked for from the last version back: versions are few, and it is among the last. */
async function registeredBy({ registry }: TrainingWorld, model: string, id: string): Promise<Manifest | undefined> {
  if (!(await registry.models()).includes(model)) return undefined;
  for (const version of (await registry.versions(model)).reverse()) {
    const manifest = await registry.manifest(model, version);
    if (manifest.provenance['training'] === id) return manifest;
  }
  return undefined;
}
