import type { ModelDescription } from '#core/model/metadata.ts';
import { parseReference } from '#core/model/reference.ts';
import { bodyOf, inferInProcess, type InferenceInput } from '#serving/in-process.ts';
import { openWorkplace } from './registry.ts';

/** A model that can be asked, wherever it runs. */
export interface Respondent {
  readonly description: ModelDescription;
  /** The answer is a response of the Open Inference Protocol, JSON. */
  answer(input: InferenceInput): Promise<string>;
  close(): Promise<void>;
}

interface Asked {
  readonly ref: string;
  readonly store?: string | undefined;
  readonly stage?: string | undefined;
  readonly url?: string | undefined;
}

/** The version of this machine's registry, loaded into this process. */
export async function openHere(args: Asked): Promise<Respondent> {
  const { createEngine } = await import('#adapters/onnx/engine.ts');
  const { loaderOf } = await import('./serving.ts');
  const workplace = await openWorkplace(args);
  const resolved = await workplace.registry.resolve(args.ref);
  const model = await loaderOf(workplace, createEngine({ workers: 0 }))(resolved.manifest);
  return {
    description: resolved.manifest,
    answer: (input) => inferInProcess({ ...resolved, model }, input),
    close: () => model.close(),
  };
}

/** The model behind a stage's API, or behind the server at `url`. */
export async function openRemote({ ref, stage, url }: Asked): Promise<Respondent> {
  const { openEndpoint } = await import('#adapters/aws/api/endpoint.ts');
  const { RemoteModel } = await import('#adapters/aws/api/remote-model.ts');
  const reference = parseReference(ref);
  const { ONNWARD_TOKEN: token, ONNWARD_API_KEY: apiKey } = process.env;
  const options = { ...(token && { token }), ...(apiKey && { apiKey }) };
  const { base, region } = url === undefined ? await apiOf(stage) : { base: url };
  const model = new RemoteModel(openEndpoint(base, { ...options, ...(region && { region }) }), reference);
  return {
    description: await model.describe(),
    answer: (input) => model.infer(bodyOf(input)),
    close: () => Promise.resolve(),
  };
}

async function apiOf(stage: string | undefined): Promise<{ readonly base: string; readonly region: string }> {
  const { findStage } = await import('./stage.ts');
  const { apiUrl, identity } = await findStage(stage);
  return { base: apiUrl, region: identity.region };
}
