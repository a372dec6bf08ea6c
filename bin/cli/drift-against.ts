import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { materialize } from '#adapters/local/materialize.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { loadWithOutput } from '#adapters/onnx/hidden.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { alikeOf } from '#core/monitoring/baseline/alike.ts';
import { profileRows, type ProfiledRows } from '#core/monitoring/baseline/make-baseline.ts';
import { readBaseline } from '#core/monitoring/baseline/read-baseline.ts';
import type { BaselineProfile } from '#core/monitoring/baseline/write-baseline.ts';
import { CaptureKeys } from '#core/monitoring/capture/keys.ts';
import { judgeDrift } from '#core/monitoring/drift/judge.ts';
import type { DriftVerdict } from '#core/monitoring/drift/verdict.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { LoadedModel } from '#core/ports.ts';
import { MemoryStore } from '#core/release/evaluation/memory-store.ts';
import { CACHE_FOLDER } from './cache.ts';
import { say } from './output.ts';
import { createProgress } from './progress.ts';
import { fileUrl } from './release-function.ts';
import type { WatchedPlace } from './watched-place.ts';

/** Rows that a comparison takes: it is looked at by a person, once. */
const FEWEST = 20;

/** Compares the rows of a file with a version's baseline, right now: nothing is written. Throws `drift.no_baseline`, `baseline.*`. */
export async function driftAgainst(
  { store, watched }: Pick<WatchedPlace, 'store' | 'watched'>,
  manifest: Manifest,
  file: string,
  json: boolean,
): Promise<DriftVerdict> {
  const baseline = await readBaseline(store, manifest);
  if (!baseline) throw noBaseline(manifest);
  const keys = await CaptureKeys.read(store);
  const model = await openModel({ store }, manifest, baseline.said.hidden);
  const progress = createProgress(json);
  try {
    const { profile } = await profileFile({ model, manifest, watched, keys, said: baseline.said }, file, (rows, of) =>
      progress.update('reading', rows, of, 'rows'),
    );
    const options = { ...watched.watch.drift, minimum: FEWEST, persistence: 1 };
    const { capture, feedback } = watched;
    const side = { sensitive: capture?.sensitive, output: feedback?.output, hashedWith: keys?.newest };
    const { why, ...alike } = alikeOf(manifest, baseline, profile, side);
    if (why !== undefined) say(why);
    return judgeDrift(alike.baseline, alike.live, options, []);
  } finally {
    progress.end();
    await model.close();
  }
}

async function openModel(
  { store }: Pick<WatchedPlace, 'store'>,
  manifest: Manifest,
  hidden: string | undefined,
): Promise<LoadedModel> {
  const engine = createEngine({ workers: 0 });
  const files = await materialize(store, manifest, CACHE_FOLDER);
  return hidden === undefined
    ? engine.load(files, manifest.serving)
    : loadWithOutput(engine, files, hidden, manifest.serving);
}

interface Subject {
  readonly model: LoadedModel;
  readonly manifest: Manifest;
  readonly watched: WatchedModel;
  readonly said: BaselineProfile;
  readonly keys: CaptureKeys | undefined;
}

/** As the baseline was read, as far as the file has the same columns. */
function profileFile(
  { model, manifest, watched, said, keys }: Subject,
  file: string,
  onProgress: (rows: number, of: number) => void,
): Promise<ProfiledRows> {
  const { name, signature, labels, task, preprocess, serving } = manifest;
  const { label, columns, hidden } = said;
  const sensitive = watched.capture?.sensitive;
  const output = watched.feedback?.output;
  const world = {
    formats: formats(new MemoryStore('memory:')),
    inputs: keepInputs(),
    now: () => performance.now(),
    onProgress,
  };
  const version = {
    name,
    signature,
    model,
    ...(labels && { labels }),
    ...(task !== undefined && { task }),
    ...(preprocess && { preprocess }),
    ...(serving && { serving }),
  };
  return profileRows(world, version, {
    data: fileUrl(file, process.cwd()) + (file.endsWith('/') ? '/' : ''),
    label: label === undefined ? [] : [label],
    lenient: true,
    ...(columns && Object.keys(columns).length === signature.inputs.length && { columns }),
    ...(hidden !== undefined && { hidden }),
    ...(sensitive && { sensitive }),
    ...(keys && { keys }),
    ...(output !== undefined && { output }),
  });
}

const noBaseline = ({ name, version }: Manifest): OnnwardError =>
  new OnnwardError(`${name}:${version} has no baseline to compare with.`, {
    code: 'drift.no_baseline',
    kind: 'not-found',
    fix: 'Register the model again with `--baseline FILE`, the rows that it was trained on.',
    fields: { name, version },
  });
