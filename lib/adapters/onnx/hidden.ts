import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withOutput } from '#core/model/hidden-output.ts';
import { readGraph } from '#core/model/graph.ts';
import type { Engine, LoadedModel, LoadOptions, ModelFiles } from '#core/ports.ts';
import { verifyFiles } from './verify.ts';

/**
 * Opens a model that gives a tensor from within its graph besides, such as an embedding, by its name among the outputs.
 * The changed graph lies in a folder of its own, which is gone once the model is closed. Throws `model.no_tensor`, and what
 * opening throws.
 */
export async function loadWithOutput(
  engine: Engine,
  files: ModelFiles,
  tensor: string,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  if (!files.verified) await verifyFiles(files);
  const folder = await mkdtemp(join(tmpdir(), 'onnward-hidden-'));
  const forget = () => rm(folder, { recursive: true, force: true });
  try {
    await writeChanged(files, tensor, folder);
    // Recorded answers have one output less.
    const model = await engine.load({ folder, graph: GRAPH, files: [] }, { ...options, warmup: [] });
    return closing(model, forget);
  } catch (error) {
    await forget();
    throw error;
  }
}

const GRAPH = 'model.onnx';

async function writeChanged({ folder, graph }: ModelFiles, tensor: string, to: string): Promise<void> {
  const original = join(folder, graph);
  const model = await readFile(original);
  await writeFile(join(to, GRAPH), withOutput(model, tensor, original));
  for (const path of readGraph(model, original).externalData) {
    await bring(join(dirname(original), path), join(to, path));
  }
}

/** Weights are large: they are linked where that can be done. */
async function bring(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}

/** Threads may open the file anew as long as the model is used. */
const closing = (model: LoadedModel, forget: () => Promise<void>): LoadedModel => ({
  signature: model.signature,
  statistics: model.statistics,
  infer: (inputs, options) => model.infer(inputs, options),
  close: () => model.close().finally(forget),
});
