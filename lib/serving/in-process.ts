import { invalid } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { NamedTensor } from '#core/model/tensor.ts';
import type { GoldenCase, LoadedModel } from '#core/ports.ts';
import { type ServedModel, soleHost } from './host.ts';
import { dataText } from './protocols/oip/data-text.ts';
import { infer } from './protocols/oip/infer.ts';

const UNLIMITED = { maxBodyBytes: Number.POSITIVE_INFINITY };

/** One input of a request, as JSON that says the same to the bit (but NaN and infinities, which JSON has no word for). */
export const inputJson = (input: NamedTensor): string =>
  `{"name":${JSON.stringify(input.name)},"datatype":"${input.datatype}","shape":[${input.shape.join(',')}],` +
  `"data":[${dataText(input)}]}`;

/** What is to be answered: a request's JSON, or just its inputs. */
export type InferenceInput = string | readonly NamedTensor[];

/** The request that asks it, JSON. */
export const bodyOf = (input: InferenceInput): string =>
  typeof input === 'string' ? input : `{"inputs":[${input.map(inputJson).join(',')}]}`;

/**
 * Answers one request of the Open Inference Protocol in this process, by the very code that a server answers with,
 * in JSON. Throws `invoke.refused` with the protocol's own words.
 */
export async function inferInProcess(served: ServedModel, input: InferenceInput): Promise<string> {
  const request = { header: () => undefined, body: Buffer.from(bodyOf(input)) };
  const answer = await infer(soleHost(served), served.name, undefined, request, UNLIMITED);
  const text = typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString('utf8');
  if (answer.status === 200) return text;
  throw invalid('invoke.refused', `The model refuses the input: ${(JSON.parse(text) as { error: string }).error}`, {
    fix: 'Run `onnward show NAME` for the inputs that it takes.',
    fields: { status: answer.status },
  });
}

/** The tensors of each request and of its answer, as they reach and leave the model. */
export async function recordGolden(
  model: LoadedModel,
  questions: AsyncIterable<InferenceInput>,
): Promise<GoldenCase[]> {
  const cases: GoldenCase[] = [];
  const recorder: LoadedModel = {
    signature: model.signature,
    statistics: model.statistics,
    async infer(inputs, options) {
      // Copies: the engine may hand the memory of the request on to a worker.
      const kept = inputs.map((input) => ({ ...input, data: input.data.slice() }));
      const outputs = await model.infer(inputs, options);
      cases.push({ inputs: kept, outputs });
      return outputs;
    },
    close: () => model.close(),
  };
  const served = unregistered(recorder);
  for await (const question of questions) await inferInProcess(served, question);
  return cases;
}

/** Requests are answered for a version of a registry; this one is on its way there. */
function unregistered(model: LoadedModel): ServedModel {
  const signature = structuredClone(model.signature) as Manifest['signature'];
  const createdAt = new Date(0).toISOString();
  const unknown = {
    format: 1,
    name: 'unregistered',
    version: 1,
    createdAt,
    graph: '',
    files: [],
    provenance: {},
  } as const;
  return { name: unknown.name, version: unknown.version, manifest: { ...unknown, files: [], signature }, model };
}
