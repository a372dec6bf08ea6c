import type { Tensor } from '#core/model/tensor.ts';
import { JSON_TYPE, type BytesResponse } from '#serving/message.ts';
import { writeBinary } from './binary.ts';
import { classify } from './classification.ts';
import { dataText, hasNonfinite } from './data-text.ts';
import { JSON_LENGTH_HEADER } from './frame.ts';
import type { Selection } from './outputs.ts';
import { outputPrefix, type ModelPlan, type OutputPlan } from './plan.ts';

/** The answer to an inference: JSON, with `receipt` in it where there is one, and the raw bytes of the binary outputs behind it. */
export function writeResponse(
  plan: ModelPlan,
  id: string | undefined,
  selections: readonly Selection[],
  tensors: readonly Tensor[],
  receipt?: string,
): BytesResponse {
  const raw: Uint8Array[] = [];
  let outputs = '';
  let nonfinite = false;
  for (const selection of selections) {
    const output = plan.outputs[selection.slot] as OutputPlan;
    const whole = tensors[selection.slot] as Tensor;
    const { classes } = selection;
    const labels = plan.served.manifest.labels?.[output.spec.name];
    const tensor = classes === undefined ? whole : classify(whole, classes, labels);
    const prefix = classes === undefined ? output.prefix : outputPrefix(output.spec.name, tensor.datatype);
    if (outputs !== '') outputs += ',';
    outputs += `${prefix}${tensor.shape.join(',')}],`;
    if (selection.binary) {
      const bytes = writeBinary(tensor);
      raw.push(bytes);
      outputs += `"parameters":{"binary_data_size":${bytes.length}}}`;
    } else {
      nonfinite ||= hasNonfinite(tensor);
      outputs += `"data":[${dataText(tensor)}]}`;
    }
  }
  const echo = id === undefined ? '' : `,"id":${JSON.stringify(id)}`;
  const json = `${plan.prefix}${echo}${parametersText(nonfinite, receipt)},"outputs":[${outputs}]}`;
  return raw.length === 0 ? { status: 200, headers: { 'content-type': JSON_TYPE }, body: json } : withRaw(json, raw);
}

function parametersText(nonfinite: boolean, receipt: string | undefined): string {
  if (receipt === undefined) return nonfinite ? ',"parameters":{"nonfinite":"null"}' : '';
  return `,"parameters":{${nonfinite ? '"nonfinite":"null",' : ''}"receipt":"${receipt}"}`;
}

function withRaw(json: string, raw: readonly Uint8Array[]): BytesResponse {
  const header = Buffer.from(json);
  const headers = { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(header.length) };
  return { status: 200, headers, body: Buffer.concat([header, ...raw]) };
}
