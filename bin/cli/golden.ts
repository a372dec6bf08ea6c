import { type InputManifest, readInputs } from '#adapters/local/inputs.ts';
import { syntheticInputs } from '#core/model/golden.ts';
import type { GoldenCase, LoadedModel } from '#core/ports.ts';
import { type InferenceInput, recordGolden } from '#serving/in-process.ts';

/** The model's answers to the inputs of `files`; without files, to inputs that are made up from its signature. */
export async function recordAnswers(
  model: LoadedModel,
  files: readonly string[],
  { preprocess }: Pick<InputManifest, 'preprocess'>,
): Promise<readonly GoldenCase[]> {
  if (files.length > 0) return recordGolden(model, questionsOf(files, { signature: model.signature, preprocess }));
  try {
    const inputs = syntheticInputs(model.signature);
    return [{ inputs, outputs: await model.infer(inputs) }];
  } catch {
    return []; // Not every model takes any input: indices have a range, texts a form.
  }
}

async function* questionsOf(files: readonly string[], manifest: InputManifest): AsyncGenerator<InferenceInput> {
  for await (const { input } of readInputs(files, manifest, {})) yield input;
}
