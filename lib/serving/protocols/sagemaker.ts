import { invalid, OnnwardError } from '#core/errors.ts';
import { parseReference, type Reference } from '#core/model/reference.ts';
import type { Metrics } from '#core/ports.ts';
import type { Host } from '#serving/host.ts';
import { type BytesRequest, type BytesResponse, JSON_TYPE, type Limits } from '#serving/message.ts';
import { requestIdOf } from '#serving/request-id.ts';
import { weightsOf } from '#serving/weights.ts';
import { JSON_LENGTH_HEADER } from './oip/frame.ts';
import { infer, refuse } from './oip/infer.ts';
import { serverReady } from './oip/metadata.ts';

/** JSON with raw tensors behind it. SageMaker strips the header that has the JSON's length, so the type has it: Triton's. */
const BINARY_TYPE = 'application/vnd.sagemaker-triton.binary+json';
const JSON_SIZE = 'json-header-size';

const HEADERS = {
  attributes: 'x-amzn-sagemaker-custom-attributes',
  inferenceId: 'x-amzn-sagemaker-inference-id',
  target: 'x-amzn-sagemaker-target-model',
} as const;

/** What SageMaker itself lets through. */
const ATTRIBUTES = /^[\x20-\x7e]{1,1024}$/;
const INFERENCE_ID = /^[\x21-\x7e]{1,128}$/;

const MEBIBYTE = 1024 * 1024;

/** SageMaker's default, and what all concurrent payloads of a batch transform may have together, MiB. */
const BATCH_PAYLOAD = 6;
const BATCH_TOGETHER = 100;

/** Answers `GET /ping`: 200 and nothing once every model is ready. Throws `server.not_ready`. */
export function ping(host: Host): BytesResponse {
  serverReady(host);
  return { status: 200, headers: {}, body: '' };
}

/** Answers `GET /execution-parameters`. A record is a whole request: several in one body would not be JSON. */
export function executionParameters({ maxBodyBytes }: Limits): object {
  const payload = Math.max(1, Math.min(BATCH_PAYLOAD, Math.floor(maxBodyBytes / MEBIBYTE)));
  return {
    MaxConcurrentTransforms: Math.floor(BATCH_TOGETHER / payload),
    BatchStrategy: 'SINGLE_RECORD',
    MaxPayloadInMB: payload,
  };
}

/** The id of the request: SageMaker's inference id where the client gave one, else as everywhere. */
export function inferenceIdOf(request: Pick<BytesRequest, 'header'>): string {
  const id = request.header(HEADERS.inferenceId);
  return id !== undefined && INFERENCE_ID.test(id) ? id : requestIdOf(request.header('x-request-id'));
}

/** Answers `POST /invocations`: an inference request as `infer` answers it, with what it needs in other headers. */
export async function invocations(
  host: Host,
  request: BytesRequest,
  limits: Limits,
  metrics?: Metrics,
): Promise<BytesResponse> {
  const started = performance.now();
  const requestId = inferenceIdOf(request);
  const response = await answer(host, request, requestId, limits, metrics).catch((error: unknown) =>
    refuse(error, { host, name: undefined, requestId, started, metrics }),
  );
  const attributes = request.header(HEADERS.attributes);
  if (attributes !== undefined && ATTRIBUTES.test(attributes)) response.headers[HEADERS.attributes] = attributes;
  return response;
}

async function answer(
  host: Host,
  request: BytesRequest,
  requestId: string,
  limits: Limits,
  metrics?: Metrics,
): Promise<BytesResponse> {
  const jsonLength = jsonLengthOf(request.header('content-type') ?? JSON_TYPE);
  const { name, version, alias } = targetOf(host, request.header(HEADERS.target));
  const headers: Readonly<Record<string, string | undefined>> = {
    'x-request-id': requestId,
    ...(jsonLength !== undefined && { [JSON_LENGTH_HEADER]: jsonLength }),
  };
  const translated: BytesRequest = {
    header: (wanted) => headers[wanted] ?? request.header(wanted),
    body: request.body,
    prefersBinary: prefersBinary(request.header('accept')),
  };
  const response = await infer(host, name, alias ?? version?.toString(), translated, limits, metrics);
  return withType(response);
}

/** Bytes of JSON at the start of the body, as text; undefined where all of it is. */
function jsonLengthOf(contentType: string): string | undefined {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (type.toLowerCase() === JSON_TYPE) return undefined;
  if (type.toLowerCase() !== BINARY_TYPE) {
    const accepted = `expected ${JSON_TYPE}, or ${BINARY_TYPE};${JSON_SIZE}=N`;
    throw new OnnwardError(`content-type "${type.slice(0, 80)}" is not supported, ${accepted}`, {
      code: 'invocations.content_type',
      kind: 'unsupported-type',
    });
  }
  const size = parameters.find((parameter) => parameter.toLowerCase().startsWith(`${JSON_SIZE}=`));
  if (size !== undefined) return size.slice(JSON_SIZE.length + 1);
  throw invalid('binary.header', `content-type lacks ${JSON_SIZE}, expected ${BINARY_TYPE};${JSON_SIZE}=N`);
}

/** The model that the request names, else the only one that there is. */
function targetOf(host: Host, target: string | undefined): Reference {
  if (target !== undefined) return parseReference(target);
  const names = [...new Set(host.index().map(({ name }) => name))];
  const [only] = names;
  if (only !== undefined && names.length === 1) return { name: only };
  if (only === undefined) serverReady(host);
  throw invalid('invocations.model', `the request names no model, and there are: ${names.join(', ') || 'none yet'}`, {
    fix: 'Name one in X-Amzn-SageMaker-Target-Model.',
  });
}

/** Whether binary is all that the client would have, or what it would rather have. */
function prefersBinary(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const weights = weightsOf(accept);
  const json = weights.get(JSON_TYPE) ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  return (weights.get(BINARY_TYPE) ?? 0) > json;
}

function withType(response: BytesResponse): BytesResponse {
  const { [JSON_LENGTH_HEADER]: length, ...headers } = response.headers;
  if (length === undefined) return response;
  return { ...response, headers: { ...headers, 'content-type': `${BINARY_TYPE};${JSON_SIZE}=${length}` } };
}
