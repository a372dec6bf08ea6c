import { invalid, OnnwardError } from '#core/errors.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import { propertiesOf } from '#core/model/metadata.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { Host, IndexEntry, ServedModel } from '#serving/host.ts';
import { VERSION } from '#serving/version.ts';

/** The protocol's name for ONNX graphs; informational. */
const PLATFORM = 'onnx_onnxv1';

const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'parameters',
  'schedule_policy',
  'statistics',
];

export const serverMetadata = (): object => ({ name: 'onnward', version: VERSION, extensions: EXTENSIONS });

/** Throws `server.not_ready` while models are being loaded. */
export function serverReady({ ready }: Host): object {
  if (ready) return { live: true, ready };
  const options = { code: 'server.not_ready', kind: 'unavailable', fix: 'ask again in a moment' } as const;
  throw new OnnwardError('models are still being loaded', options);
}

const describe = ({ name, datatype, shape }: TensorSpec): object => ({ name, datatype, shape });

export function modelMetadata({ name, model, manifest }: ServedModel, host: Host): object {
  return {
    name,
    versions: host.index().flatMap((entry) => (entry.name === name ? [entry.version] : [])),
    platform: PLATFORM,
    inputs: model.signature.inputs.map(describe),
    outputs: model.signature.outputs.map(describe),
    ...propertiesOf(manifest),
  };
}

/** Datatypes by the names of Triton's model configuration: `TYPE_` and the protocol's, but for text. */
const configType = (datatype: Datatype): string => (datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`);

const configure = ({ name, datatype, shape }: TensorSpec): object => ({
  name,
  data_type: configType(datatype),
  dims: shape,
});

/** Triton's ModelConfig. `max_batch_size` 0 says that `dims` are whole: a batch, where there is one, is a dimension. */
export function modelConfig({ name, model }: ServedModel): object {
  return {
    name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    max_batch_size: 0,
    input: model.signature.inputs.map(configure),
    output: model.signature.outputs.map(configure),
  };
}

/** The index of the model repository; `body` may be empty, or ask for what is ready alone: `{"ready":true}`. */
export function repositoryIndex(host: Host, body: Uint8Array): readonly IndexEntry[] {
  const { ready } = parseOptions(body);
  if (ready === undefined || ready === false) return host.index();
  if (ready === true) return host.index().filter(({ state }) => state === 'READY');
  throw invalid('request.member', '"ready" must be true or false');
}

function parseOptions(body: Uint8Array): { ready?: unknown } {
  if (body.length === 0) return {};
  try {
    const options: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
  } catch {
    // Said below, with the rest of what is not an object.
  }
  throw invalid('request.json', 'the body is not a JSON object');
}

/** Models change by release, never by a request: the two verbs of Triton's repository answer with the way to do it. */
export function refuseLoading(verb: string, name: string): never {
  const options = { fix: `a release moves \`live\` of ${name}, and the server follows` };
  throw invalid('repository.read_only', `${verb} is not supported, the repository is read-only`, options);
}
