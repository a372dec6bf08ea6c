import { decodeGolden } from '#core/model/golden.ts';
import { elementCount } from '#core/model/tensor.ts';
import type { ServedModel } from '#serving/host.ts';
import { inputJson } from '#serving/in-process.ts';

/** More numbers than this make no line that a person copies. */
const MOST_ELEMENTS = 64;

/** Lines to paste that work as they stand: what a model is, a prediction, and where there are labels the best of them. */
export function curlLines(url: string, served: readonly ServedModel[]): string[] {
  const sized = served.map((model) => ({ model, size: sizeOf(model) })).sort((a, b) => a.size - b.size);
  const { model, size } = sized[0]!;
  const path = `${url}/v2/models/${model.name}`;
  const lines = [`curl ${path}`];
  if (size > MOST_ELEMENTS) return [...lines, `curl ${path}/ready`, `curl ${url}/v2/health/ready`];
  lines.push(inferLine(path, model));
  const labelled = Object.keys(model.manifest.labels ?? {}).find((name) => hasOutput(model, name));
  lines.push(labelled === undefined ? `curl ${url}/v2/health/ready` : inferLine(path, model, labelled));
  return lines;
}

const hasOutput = ({ manifest }: ServedModel, name: string): boolean =>
  manifest.signature.outputs.some((output) => output.name === name);

/** Elements of the first golden case; a model without one comes last. */
function sizeOf({ manifest }: ServedModel): number {
  const inputs = manifest.golden?.[0]?.inputs;
  return inputs?.reduce((sum, { shape }) => sum + elementCount(shape), 0) ?? Infinity;
}

function inferLine(path: string, { manifest }: ServedModel, classified?: string): string {
  const [golden] = decodeGolden(manifest.golden, manifest.signature);
  const inputs = manifest.signature.inputs.map(({ name }, index) => inputJson({ name, ...golden!.inputs[index]! }));
  const outputs =
    classified === undefined ? '' : `,"outputs":[{"name":"${classified}","parameters":{"classification":1}}]`;
  const body = `{"inputs":[${inputs.join(',')}]${outputs}}`;
  return `curl -d '${body.replaceAll("'", String.raw`'\''`)}' ${path}/infer`;
}
