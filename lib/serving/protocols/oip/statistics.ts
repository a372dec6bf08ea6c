import { type Host, readyModels, type ServedModel } from '#serving/host.ts';
import { planOf } from './plan.ts';

const NOTHING = { count: 0, ns: 0 };

/** Triton's statistics of one version. Reading requests and writing answers is timed here, the rest by the engine. */
function modelStatistics(served: ServedModel): object {
  const { lastInferenceMs, inferenceCount, executionCount, batches, ...engine } = served.model.statistics;
  const { count, inputNs, outputNs } = planOf(served).times;
  return {
    name: served.name,
    version: String(served.version),
    last_inference: Math.floor(lastInferenceMs),
    inference_count: inferenceCount,
    execution_count: executionCount,
    inference_stats: {
      success: engine.success,
      fail: engine.fail,
      queue: engine.queue,
      compute_input: { count, ns: Math.round(inputNs) },
      compute_infer: engine.computeInfer,
      compute_output: { count, ns: Math.round(outputNs) },
      cache_hit: NOTHING,
      cache_miss: NOTHING,
    },
    // What is read and written belongs to requests, not to batches.
    batch_stats: batches.map(({ size, count, ns }) => ({
      batch_size: size,
      compute_input: NOTHING,
      compute_infer: { count, ns },
      compute_output: NOTHING,
    })),
    memory_usage: [],
  };
}

/** The statistics of one version, or of every one that is ready. */
export function statistics(host: Host, name?: string, version?: string): object {
  const served = name === undefined ? readyModels(host) : [host.find(name, version)];
  return { model_stats: served.map(modelStatistics) };
}
