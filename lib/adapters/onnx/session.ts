import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { binding as nativeBinding, Binding } from 'onnxruntime-node/dist/binding.js';
import { DATATYPES, type TensorData } from '#core/model/datatypes.ts';
import { syntheticInputs } from '#core/model/golden.ts';
import type { Signature, TensorSpec } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { signatureOf } from './signature.ts';

/**
 * What the native binding reads of an input and constructs for an output. The package's own `Tensor` re-validates every
 * argument (a third of a small model's run); ours holds the three fields, and the signature has been checked by then.
 */
class RuntimeTensor {
  readonly location = 'cpu';
  readonly type: string;
  readonly data: TensorData;
  readonly dims: readonly number[];

  constructor(type: string, data: TensorData, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** The runtime's own log names values of the inputs that it refuses; its errors reach the caller as errors. */
const FATAL_ONLY = 4;
let runtime: typeof nativeBinding | undefined;

/**
 * Loads ONNX Runtime, once: 20 ms of a processor, which a caller that waits for a model's files has to spare. It is the
 * library alone, when it is asked for: the package's own module loads `onnxruntime-common` too, for which we have no use.
 */
export function loadRuntime(): typeof nativeBinding {
  if (runtime) return runtime;
  const library = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
  runtime = createRequire(import.meta.url)(library) as typeof nativeBinding;
  runtime.initOrtOnce(FATAL_ONLY, RuntimeTensor as never, isMainThread);
  return runtime;
}

/** What to open, and how. */
export interface SessionTask {
  readonly path: string;
  /** The intra-op count. */
  readonly threads: number;
  /** Whether every request runs alone. */
  readonly exact: boolean;
  /** Run once before the session counts as open; in signature order. */
  readonly warmup: readonly (readonly Tensor[])[];
}

/**
 * One ONNX Runtime session, called synchronously: `run` blocks its thread, which is why a batch is one call and why
 * costly models live in workers. The public `session.run` is the same call behind a `setImmediate`.
 */
export class Session {
  readonly signature: Signature;
  /** Inputs that the model is tried with. */
  readonly example: readonly Tensor[];
  readonly #native: Binding.InferenceSession;
  readonly #fetches: Record<string, null>;

  /** Throws the runtime's own error where it refuses the graph. */
  constructor({ path, threads, warmup }: SessionTask) {
    this.#native = new (loadRuntime().InferenceSession)();
    this.#native.loadModel(path, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: FATAL_ONLY,
    });
    this.signature = signatureOf(this.#native.inputMetadata, this.#native.outputMetadata, path);
    this.#fetches = Object.fromEntries(this.signature.outputs.map(({ name }) => [name, null]));
    this.example = warmup[0] ?? syntheticInputs(this.signature);
    for (const inputs of warmup) this.run(inputs);
  }

  /** Inputs and outputs in signature order; outputs own fresh memory. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const feeds: Record<string, RuntimeTensor> = {};
    const specs = this.signature.inputs;
    for (let i = 0; i < specs.length; i++) feeds[(specs[i] as TensorSpec).name] = toRuntime(inputs[i] as Tensor);
    const results = this.#native.run(feeds as never, this.#fetches, {}) as unknown as Record<string, RuntimeTensor>;
    return this.signature.outputs.map(({ name, datatype }) => {
      const { dims, data } = results[name] as RuntimeTensor;
      return { datatype, shape: dims, data };
    });
  }

  release(): void {
    this.#native.dispose();
  }
}

const toRuntime = ({ datatype, data, shape }: Tensor): RuntimeTensor =>
  new RuntimeTensor(DATATYPES[datatype].runtime, data, shape);
