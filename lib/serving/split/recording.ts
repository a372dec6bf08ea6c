import type { Manifest } from '#core/model/manifest.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';
import type { Clock, InferenceOptions, LoadedModel } from '#core/ports.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { bodyOf, inputJson } from '#serving/in-process.ts';
import { hasNonfinite } from '#serving/protocols/oip/data-text.ts';

/** Larger requests are not recorded, elements. */
const MOST_ELEMENTS = 100_000;

/** Keeps some of the live requests. */
export interface RequestRecorder {
  /** Whether the next request is to be kept. */
  wants(model: string): boolean;
  add(model: string, recorded: RecordedRequest): void;
}

/** The model, and of what it answers a sample goes to `recorder`: as tensors, whatever protocol and headers they came with. */
export function recording(
  model: LoadedModel,
  manifest: Manifest,
  recorder: RequestRecorder,
  clock: Clock,
): LoadedModel {
  const { name, version } = manifest;
  const { signature } = model;
  const infer = async (inputs: readonly Tensor[], options?: InferenceOptions): Promise<readonly Tensor[]> => {
    if (options?.aside || !isRecordable(inputs) || !recorder.wants(name)) return model.infer(inputs, options);
    // Before it is asked: the memory of the request may go to a worker, and is used again.
    const request = bodyOf(named(signature.inputs, inputs));
    const at = clock();
    const started = performance.now();
    const outputs = await model.infer(inputs, options);
    const ms = performance.now() - started;
    const answered = named(signature.outputs, outputs).map(inputJson);
    const response = `{"model_name":${JSON.stringify(name)},"model_version":"${version}","outputs":[${answered.join(',')}]}`;
    recorder.add(name, { at, version, request, response, ms });
    return outputs;
  };
  return {
    signature,
    get statistics() {
      return model.statistics;
    },
    infer,
    close: () => model.close(),
  };
}

/** JSON has no word for NaN and infinities: such a question could not be asked again. */
const isRecordable = (inputs: readonly Tensor[]): boolean =>
  inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0) <= MOST_ELEMENTS && !inputs.some(hasNonfinite);

const named = (specs: readonly TensorSpec[], tensors: readonly Tensor[]) =>
  tensors.map((tensor, index) => ({ ...tensor, name: specs[index]?.name ?? '' }));
