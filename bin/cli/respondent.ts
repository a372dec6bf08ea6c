import type { ModelDescription } from '#core/model/metadata.ts';
import { parseReference } from '#core/model/reference.ts';
import { bodyOf, inferInProcess, type InferenceInput } from '#serving/in-process.ts';
import { usageError } from './arguments.ts';
import { openWorkplace } from './registry.ts';

/** A model that can be asked, wherever it runs. */
export interface Respondent {
  readonly description: ModelDescription;
  /** The answer is a response of the Open Inference Protocol, JSON. */
  answer(input: InferenceInput): Promise<string>;
  /** Asks why: `body` and the answer are those of `:explain`, JSON. */
  explain(body: string): Promise<string>;
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
  const served = { ...resolved, model };
  return {
    description: resolved.manifest,
    answer: (input) => inferInProcess(served, input),
    explain: async (body) => {
      const { explainInProcess } = await import('#serving/explain/in-process.ts');
      return explainInProcess(served, body, workplace.store);
    },
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
    explain: (body) => model.explain(body),
    close: () => Promise.resolve(),
  };
}

async function apiOf(stage: string | undefined): Promise<{ readonly base: string; readonly region: string }> {
  const { findStage } = await import('./stage.ts');
  const { apiUrl, identity } = await findStage(stage);
  return { base: apiUrl, region: identity.region };
}

interface RemoteArguments {
  readonly remote?: boolean | undefined;
  readonly stage?: string | undefined;
  readonly url?: string | undefined;
}

/** Throws `usage.needs_remote`, `usage.either`. */
export function checkRemote({ remote, stage, url }: RemoteArguments): void {
  if (!remote && (stage ?? url) !== undefined) {
    const option = stage === undefined ? 'url' : 'stage';
    throw usageError('needs_remote', `--${option} says where --remote asks.`, 'Add --remote.');
  }
  if (stage !== undefined && url !== undefined) {
    throw usageError('either', '--stage and --url both say where to ask.', 'Give one of them.');
  }
}
