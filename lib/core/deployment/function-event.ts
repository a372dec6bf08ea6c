import type { Manifest } from '../model/manifest.ts';
import { recall } from '../model/recorded.ts';
import type { Signature } from '../model/signature.ts';
import type { NamedTensor, Tensor } from '../model/tensor.ts';
import type { GoldenCase } from '../ports.ts';

/** A request, as API Gateway's payload format 2.0 hands it to a function: as much of it as a function reads. */
export interface FunctionEvent {
  readonly version: '2.0';
  readonly rawPath: string;
  readonly rawQueryString: '';
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: { readonly method: string }; readonly stage: '$default' };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** What a function answers such an event with. */
export interface FunctionAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Version = Pick<Manifest, 'name' | 'version'>;

const JSON_LENGTH = 'inference-header-content-length';

const pathOf = ({ name, version }: Version, verb: string): string => `/v2/models/${name}/versions/${version}/${verb}`;

const event = (method: string, rawPath: string, more: Partial<FunctionEvent>): FunctionEvent => ({
  version: '2.0',
  rawPath,
  rawQueryString: '',
  headers: {},
  requestContext: { http: { method }, stage: '$default' },
  isBase64Encoded: false,
  ...more,
});

/** Asks whether the function lives: answered without a run of the model, and no inference request in the metrics. */
export const HEALTH_EVENT: FunctionEvent = event('GET', '/v2/health/live', {});

/** Asks whether this very version is loaded. */
export const readyEvent = (version: Version): FunctionEvent => event('GET', pathOf(version, 'ready'), {});

/** An inference request whose JSON there is already. */
export const requestEvent = (version: Version, body: string): FunctionEvent =>
  event('POST', pathOf(version, 'infer'), { headers: { 'content-type': 'application/json' }, body });

/** A golden case's question. Numbers travel as bytes, so that question and answer are exact to the bit. */
export function inferEvent(version: Version, signature: Signature, { inputs }: GoldenCase): FunctionEvent {
  const raw: Buffer[] = [];
  const header = {
    inputs: signature.inputs.map(({ name }, index) => inputOf({ name, ...(inputs[index] as Tensor) }, raw)),
    outputs: signature.outputs.map(({ name, datatype }) => ({
      name,
      parameters: { binary_data: datatype !== 'BYTES' },
    })),
  };
  const json = Buffer.from(JSON.stringify(header));
  return event('POST', pathOf(version, 'infer'), {
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(json.length) },
    body: Buffer.concat([json, ...raw]).toString('base64'),
    isBase64Encoded: true,
  });
}

function inputOf({ name, datatype, shape, data }: NamedTensor, raw: Buffer[]): object {
  if (Array.isArray(data)) return { name, datatype, shape, data };
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  raw.push(bytes);
  return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
}

/** What a function returned, read as an answer of HTTP; undefined where it is none. */
export function answerOf(result: unknown): FunctionAnswer | undefined {
  const { statusCode, headers, body, isBase64Encoded } = (result ?? {}) as Record<string, unknown>;
  if (typeof statusCode !== 'number') return undefined;
  const bytes = Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded === true ? 'base64' : 'utf8');
  return { status: statusCode, headers: (headers ?? {}) as Record<string, string>, body: bytes };
}

/** The sentence of a refusal, in the protocol's error shape; else the body itself. */
export function refusalOf({ body }: FunctionAnswer): string {
  const text = body.toString('utf8');
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : text;
  } catch {
    return text;
  }
}

interface AnsweredOutput extends NamedTensor {
  readonly data: string[];
  readonly parameters?: { readonly binary_data_size?: number };
}

/** The outputs of an answer to `inferEvent`, in the signature's order; fewer where the answer lacks some. */
export function outputsOf({ headers, body }: FunctionAnswer, signature: Signature): Tensor[] {
  const length = Number(headers[JSON_LENGTH] ?? body.length);
  const { outputs } = JSON.parse(body.subarray(0, length).toString('utf8')) as { outputs: AnsweredOutput[] };
  let offset = length;
  const byName = new Map(
    outputs.map(({ name, datatype, shape, data, parameters }) => {
      const size = parameters?.binary_data_size;
      if (size === undefined) return [name, { datatype, shape, data }];
      const raw = body.subarray(offset, (offset += size)).toString('base64');
      const tensor = recall({ name, datatype, shape: [...shape], raw });
      return [name, { datatype, shape, data: tensor.data }];
    }),
  );
  return signature.outputs.flatMap(({ name }) => byName.get(name) ?? []);
}
