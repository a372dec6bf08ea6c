import { profileVersion } from '#adapters/local/baseline.ts';
import { registerFiles } from '#adapters/local/registration.ts';
import type { OnnwardError } from '#core/errors.ts';
import { decodeGolden } from '#core/model/golden.ts';
import { preprocess as applySteps } from '#core/model/preprocess.ts';
import { readLabels } from '#core/model/labels.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Engine, GoldenCase, LoadedModel } from '#core/ports.ts';
import type { BaselineWorld } from '#core/monitoring/baseline/request.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { TrainedVersion } from '#core/training/world.ts';
import { recordGolden } from '#serving/in-process.ts';

/** Makes a folder the next version, with what is said of it. Throws `artifact.*`, `labels.invalid`, `model.unreadable`. */
export function registerVersion(
  tools: BaselineWorld & { readonly registry: Registry; readonly engine: Engine },
  { name, folder, golden, labels, why, provenance, task, metrics, preprocess, baseline, rows }: TrainedVersion,
): Promise<Manifest> {
  return registerFiles(tools, {
    name,
    path: folder,
    why,
    provenance,
    describe: (signature) => {
      if (preprocess) applySteps(ONE_PIXEL, { signature, preprocess }); // refuses steps that do not fit
      return {
        ...(labels !== undefined && { labels: typeof labels === 'string' ? readLabels(labels, signature) : labels }),
        ...(task !== undefined && { task }),
        ...(metrics && { metrics }),
        ...(preprocess && { preprocess }),
      };
    },
    record: (model) => record(model, golden),
    baseline: async (model, files, description) =>
      rows
        ? { ...baseline, ...(await profiled(profileVersion(tools, { name, model, files, ...description }, rows))) }
        : baseline,
  });
}

/** A version is worth having without; what stands in the way is told, and a machine's trouble is not held against the rows. */
async function profiled(profiling: Promise<unknown>): Promise<Manifest['baseline']> {
  try {
    return { profile: (await profiling) as NonNullable<Manifest['baseline']>['profile'] };
  } catch (error) {
    const { message, code = 'internal' } = error as Partial<OnnwardError> & Error;
    return { why: `${message} (${code})` };
  }
}

const ONE_PIXEL = { width: 1, height: 1, data: new Uint8Array(4) };

async function record(model: LoadedModel, golden: TrainedVersion['golden']): Promise<readonly GoldenCase[]> {
  if (isQuestions(golden)) return recordGolden(model, each(golden));
  const signature: Signature = golden.signature;
  const cases: GoldenCase[] = [];
  for (const { inputs } of decodeGolden(golden.golden, signature)) {
    cases.push({ inputs, outputs: await model.infer(inputs) });
  }
  return cases;
}

const isQuestions = (golden: TrainedVersion['golden']): golden is readonly string[] => Array.isArray(golden);

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
