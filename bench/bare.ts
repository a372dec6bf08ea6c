/**
 * ONNX Runtime with nothing around it, in a process of its own: `node bare.ts MODEL SECONDS [answer]`.
 * Prints the median microseconds of a run, or with `answer` the outputs as JSON.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { binding } from 'onnxruntime-node/dist/binding.js';
import { modelPath } from './cache.ts';
import { INPUTS, valuesOf, type ModelName } from './cases.ts';
import { median } from './statistics.ts';

const [model, seconds, what] = process.argv.slice(2) as [ModelName, string, string | undefined];
const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;
const { name, shape } = INPUTS[model];
const feeds = { [name]: new Tensor('float32', valuesOf(model), shape) };

// The public session initialises the runtime; the timed runs go to the native binding, which skips its setImmediate.
const session = await InferenceSession.create(modelPath(model), options);
const answer = await session.run(feeds);
if (what === 'answer') {
  const outputs = Object.entries(answer).map(([output, { data }]) => [
    output,
    Array.from(data as Float32Array, Number),
  ]);
  console.log(JSON.stringify(outputs));
} else {
  console.log(medianRun(Number(seconds) * 1000));
}

function medianRun(milliseconds: number): number {
  const native = new binding.InferenceSession();
  native.loadModel(modelPath(model), options);
  const fetches = Object.fromEntries(session.outputNames.map((output) => [output, null]));
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (let before = performance.now(); before < end;) {
    native.run(feeds, fetches, {});
    const after = performance.now();
    times.push((after - before) * 1000);
    before = after;
  }
  // The first half warms up.
  return median(times.slice(times.length >> 1));
}
