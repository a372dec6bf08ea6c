import { OnnwardError } from '../../errors.ts';
import { decodeGolden } from '../../model/golden.ts';
import { versionPrefix } from '../../model/keys.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Signature } from '../../model/signature.ts';
import type { LoadedModel, LoadOptions, ModelFiles } from '../../ports.ts';
import type { ResultDocument } from '../documents.ts';
import { modelPrefix } from '../keys.ts';
import type { TrainingWorld } from '../world.ts';
import type { GuardAnswer } from './document.ts';
import { type LeftVariant, type LeftVariants, parseVariants, VARIANTS_FILE } from './variants-file.ts';

/** A model that is compared with others: the original, or a variant of it. */
export interface Contender {
  /** As evaluations know it: that of the original, under a name of its own. */
  readonly manifest: Manifest;
  readonly model: LoadedModel;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Opens it once more. */
  open(): Promise<LoadedModel>;
}

/** A variant, and the model; or why it is none. */
type Opened =
  | { readonly variant: LeftVariant; readonly contender: Contender }
  | { readonly variant: LeftVariant; readonly refusal: GuardAnswer };

export interface Contenders {
  readonly original: Contender;
  readonly variants: readonly Opened[];
  readonly leftOut: LeftVariants['left_out'];
  close(): Promise<void>;
}

/** A run has as long as it takes. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/** Brings a version and its variants to this machine and opens them all. Throws `training.no_variant`, `training.corrupt`, and what opening the version throws. */
export async function openContenders(
  world: TrainingWorld,
  training: string,
  manifest: Manifest,
  result: ResultDocument,
): Promise<Contenders> {
  const closing = new Closing();
  try {
    const left = await leftVariants(world, training, result);
    const files = left.variants.flatMap((variant) => variant.files);
    const own = await closing.add(world.bring(versionPrefix(manifest.name, manifest.version), manifest.files));
    const theirs = await closing.add(world.bring(modelPrefix(training), files));
    const place = { folder: own.folder, graph: manifest.graph, files: manifest.files, verified: true };
    const original = await contender(world, closing, manifest, place, left.original.gzip_bytes);
    const variants: Opened[] = [];
    for (const variant of left.variants) {
      const named = { ...manifest, name: `${manifest.name} (${variant.name})` };
      const there = { folder: theirs.folder, graph: variant.path, files: variant.files, verified: true };
      variants.push(
        await contender(world, closing, named, there, variant.gzip_bytes).then(
          (opened) => ({ variant, ...sameSignature(original, opened) }),
          (error: unknown) => ({ variant, refusal: unopened(error) }),
        ),
      );
    }
    return { original, variants, leftOut: left.left_out, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** What is to be closed, the last first. */
class Closing {
  readonly #opened: { close(): Promise<void> }[] = [];

  async add<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const opened = await opening;
    this.#opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0).reverse()) await opened.close();
  }
}

async function leftVariants(world: TrainingWorld, training: string, { model }: ResultDocument): Promise<LeftVariants> {
  const list = await world.bring(
    modelPrefix(training),
    model.filter(({ path }) => path === VARIANTS_FILE),
  );
  try {
    return parseVariants(training, await list.text(VARIANTS_FILE), model);
  } finally {
    await list.close();
  }
}

async function contender(
  { engine }: TrainingWorld,
  closing: Closing,
  manifest: Manifest,
  place: ModelFiles,
  gzipBytes: number,
): Promise<Contender> {
  const options = optionsFor(manifest);
  // Not asked what the original was asked, before it is known that it takes the same.
  const model = await closing.add(engine.load(place, { ...options, warmup: [] }));
  const bytes = place.files.reduce((sum, { size }) => sum + size, 0);
  return { manifest, model, bytes, gzipBytes, open: () => engine.load(place, options) };
}

/** As a server would open the version. */
const optionsFor = ({ serving, golden, signature }: Manifest): LoadOptions => ({
  ...serving,
  deadlineMs: NO_DEADLINE_MS,
  warmup: decodeGolden(golden, signature),
});

/** Whoever asks the version has to be able to ask the variant the same. */
function sameSignature(
  { model: { signature } }: Contender,
  contender: Contender,
): { readonly contender: Contender } | { readonly refusal: GuardAnswer } {
  const [want, got] = [typesOf(signature), typesOf(contender.model.signature)];
  if (want === got) return { contender };
  const sentence = `It takes or gives other tensors than the original: ${got}, and not ${want}.`;
  return { refusal: { guard: 'signature', verdict: 'fail', sentence } };
}

const typesOf = ({ inputs, outputs }: Signature): string =>
  [inputs, outputs]
    .map((specs) => specs.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(', ')}]`).join(', '))
    .join(' to ');

/** A runtime that refuses a graph says something of the graph; all else is the machine's. */
function unopened(error: unknown): GuardAnswer {
  if (!(error instanceof OnnwardError) || (error.kind !== 'invalid' && error.kind !== 'unsupported-type')) throw error;
  return { guard: 'loads', verdict: 'fail', sentence: `It cannot be opened: ${error.message}` };
}
