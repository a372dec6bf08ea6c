/**
 * ONNX Runtime with nothing around it, on rows that lie in memory: `node loop.ts MODEL ROWS BATCH_ROWS`. Prints the
 * seconds of its runs as JSON, without the start; two of them at once take both cores.
 */
import { Session } from '#adapters/onnx/session.ts';
import { modelPath } from '../cache.ts';
import { INPUTS, type ModelName } from '../cases.ts';

const [model, rows, batchRows] = process.argv.slice(2) as [ModelName, string, string];
const session = new Session({ path: modelPath(model), threads: 1, exact: false, warmup: [] });
const [, ...rest] = INPUTS[model].shape;
const elements = rest.reduce((product, dimension) => product * dimension, 1);

/** Values of every batch are the same: a run takes as long with any. */
const tensorOf = (count: number) => {
  const data = Float32Array.from({ length: count * elements }, (_, i) => (i % 251) / 251);
  return { datatype: 'FP32', shape: [count, ...rest], data } as const;
};

const full = tensorOf(Number(batchRows));
session.run([full]);
const begin = performance.now();
for (let left = Number(rows); left > 0; left -= Number(batchRows)) {
  session.run([left >= Number(batchRows) ? full : tensorOf(left)]);
}
console.log(JSON.stringify({ rows: Number(rows), seconds: (performance.now() - begin) / 1000 }));
