import { OnnwardError } from '../../errors.ts';
import { decodeGolden } from '../../model/golden.ts';
import { versionPrefix } from '../../model/keys.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Signature } from '../../model/signature.ts';
import type { LoadedModel, LoadOptions, ModelFiles } from '../../ports.ts';
import type { LeftFile, ResultDocument } from '../documents.ts';
import { modelPrefix } from '../keys.ts';
import type { TrainingWorld } from '../world.ts';
import type { GuardAnswer } from './document.ts';
import { type LeftVariant, parseVariants, VARIANTS_FILE, type VariantsFile } from './variants-file.ts';

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
export type Opened =
  | { readonly variant: LeftVariant; readonly contender: Contender }
  | { readonly variant: LeftVariant; readonly refusal: GuardAnswer };

export interface Contenders {
  readonly original: Contender;
  readonly variants: readonly Opened[];
  readonly leftOut: VariantsFile['left_out'];
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
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.reverse()) await each();
  };
  const bring = async (prefix: string, files: readonly LeftFile[]) => {
    const brought = await world.bring(prefix, files);
    closing.push(() => brought.close());
    return brought;
  };
  try {
    const listed = result.model.filter(({ path }) => path === VARIANTS_FILE);
    const list = await bring(modelPrefix(training), listed);
    const file = parseVariants(training, await list.text(VARIANTS_FILE), result.model);
    const own = await bring(versionPrefix(manifest.name, manifest.version), manifest.files);
    const theirs = await bring(
      modelPrefix(training),
      file.variants.flatMap(({ files }) => files),
    );
    const at = async (name: string, files: ModelFiles, gzipBytes: number): Promise<Contender> => {
      const options = optionsFor(manifest);
      const open = () => world.engine.load(files, options);
      // Not asked what the original was asked, before it is known that it takes the same.
      const model = await world.engine.load(files, { ...options, warmup: [] });
      closing.push(() => model.close());
      const bytes = files.files.reduce((sum, { size }) => sum + size, 0);
      return { manifest: { ...manifest, name }, model, bytes, gzipBytes, open };
    };
    const { files, graph, name } = manifest;
    const original = await at(name, { folder: own.folder, graph, files, verified: true }, file.original.gzip_bytes);
    const variants: Opened[] = [];
    for (const variant of file.variants) {
      const place = { folder: theirs.folder, graph: variant.path, files: variant.files, verified: true };
      variants.push(
        await at(`${name} (${variant.name})`, place, variant.gzip_bytes).then(
          (contender) => ({ variant, ...sameSignature(original, contender) }),
          (error: unknown) => ({ variant, refusal: unopened(error) }),
        ),
      );
    }
    return { original, variants, leftOut: file.left_out, close };
  } catch (error) {
    await close();
    throw error;
  }
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
