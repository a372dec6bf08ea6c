/** Loads the large model once and prints the milliseconds: `node loading.ts bare|engine`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { InferenceSession } from 'onnxruntime-node';
import { modelPath } from './cache.ts';

const path = modelPath('large');

if (process.argv[2] === 'engine') {
  const bytes = readFileSync(path);
  const file = { path: basename(path), sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  const engine = createEngine({ workers: 1 });
  const model = await timed(() => engine.load({ folder: dirname(path), graph: file.path, files: [file] }));
  await model.close();
} else {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;
  await timed(() => InferenceSession.create(path, options));
}

async function timed<Result>(load: () => Promise<Result>): Promise<Result> {
  const before = performance.now();
  const result = await load();
  console.log(performance.now() - before);
  return result;
}
