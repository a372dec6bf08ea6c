import type { Tensor } from '#core/model/tensor.ts';
import type { InferenceOptions, Metrics, RequestTimes } from '#core/ports.ts';
import { withheld } from '#serving/capture/withheld.ts';
import { deflate, inflate, withinLimit } from '#serving/compression.ts';
import { chosen, type Host, RECEIPT_HEADER, type ServedModel } from '#serving/host.ts';
import type { BytesRequest, BytesResponse, Limits } from '#serving/message.ts';
import { requestIdOf } from '#serving/request-id.ts';
import { codeOf, errorResponse } from '#serving/status.ts';
import { JSON_LENGTH_HEADER, readBody } from './frame.ts';
import { selectOutputs } from './outputs.ts';
import { flag, wholeNumber } from './parameters.ts';
import { planOf } from './plan.ts';
import type { InferenceRequest } from './request.ts';
import { writeResponse } from './response.ts';

/**
 * Answers one inference request, whatever is sent: refusals and failures are answers too, and it never rejects.
 * `name` and `version` (a number, an alias, or undefined for the live one) come percent-decoded from the path.
 */
export async function infer(
  host: Host,
  name: string,
  version: string | undefined,
  request: BytesRequest,
  limits: Limits,
  metrics?: Metrics,
): Promise<BytesResponse> {
  const started = performance.now();
  const requestId = requestIdOf(request.header('x-request-id'));
  const outcome: Outcome = { served: undefined };
  let response: BytesResponse;
  try {
    // Both are rare, and to await what is there already would cost each request a turn of the queue.
    const packed = request.header('content-encoding') !== undefined;
    const body = packed ? await inflate(request, limits) : withinLimit(request.body, limits);
    response = await inferBody(host, name, version, request, body, outcome);
    response.headers['x-request-id'] = requestId;
    const accepted = request.header('accept-encoding');
    if (accepted !== undefined) response = await deflate(response, accepted);
  } catch (error) {
    if (!outcome.served) return refuse(error, { host, name, requestId, started, metrics });
    const isSensitive = host.capture?.isSensitive(outcome.served) === true;
    response = errorResponse(isSensitive ? withheld(error) : error, requestId);
    outcome.errorCode = codeOf(error);
  }
  metrics?.record({
    model: outcome.served?.name,
    version: outcome.served?.version,
    status: response.status,
    errorCode: outcome.errorCode,
    ms: performance.now() - started,
    ...outcome.times,
  });
  return response;
}

/** What is known of a request when it ends, well or not. */
interface Outcome {
  served: ServedModel | undefined;
  errorCode?: string;
  times?: RequestTimes;
}

/** A request that no version has answered. */
export interface Unserved {
  readonly host: Host;
  /** The model that was asked for. */
  readonly name: string | undefined;
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly started: number;
  readonly metrics: Metrics | undefined;
}

/** Answers with the refusal of a request that never came to a version, and counts it. */
export function refuse(error: unknown, { host, name, requestId, started, metrics }: Unserved): BytesResponse {
  const response = errorResponse(error, requestId);
  const errorCode = codeOf(error);
  metrics?.record({
    // While models are being loaded, every name is answered alike: look at what there is.
    model: errorCode !== 'model.not_found' && host.index().some((entry) => entry.name === name) ? name : undefined,
    version: undefined,
    status: response.status,
    errorCode,
    ms: performance.now() - started,
  });
  return response;
}

async function inferBody(
  host: Host,
  name: string,
  version: string | undefined,
  request: BytesRequest,
  body: Uint8Array,
  outcome: Outcome,
): Promise<BytesResponse> {
  // From finding the model to asking it there is no `await`: a version that is being swapped out stays until then.
  const started = performance.now();
  const plan = planOf((outcome.served = chosen(host, name, version)));
  const { times } = plan;
  const read = readBody(body, request.header(JSON_LENGTH_HEADER), plan);
  const selections = selectOutputs(read, plan, request.prefersBinary);
  const options = deadlineOf(read);
  const isInBody = host.receipts !== undefined && flag(read.parameters, 'receipt') === true;
  const capture = host.capture?.begin(plan.served, read.inputs as Tensor[], request, read.id);
  const asked = performance.now();
  times.inFlight++;
  let tensors: readonly Tensor[];
  try {
    tensors = await plan.served.model.infer(read.inputs as Tensor[], options);
  } finally {
    times.inFlight--;
  }
  const answered = performance.now();
  const receipt = host.receipts?.of(plan.served, tensors);
  capture?.complete(tensors, receipt);
  const response = writeResponse(plan, read.id, selections, tensors, isInBody ? receipt : undefined);
  if (receipt !== undefined) response.headers[RECEIPT_HEADER] = receipt;
  const [readMs, runMs, writeMs] = [asked - started, answered - asked, performance.now() - answered];
  outcome.times = { readMs, runMs, writeMs, rows: read.inputs[0]?.shape[0] ?? 1 };
  times.count++;
  times.inputNs += readMs * 1e6;
  times.outputNs += writeMs * 1e6;
  return response;
}

/** The parameter `timeout` of the schedule policy, in microseconds; 0 is none. */
function deadlineOf({ parameters }: InferenceRequest): InferenceOptions | undefined {
  const timeout = wholeNumber(parameters, 'timeout', 0);
  return timeout ? { deadlineMs: timeout / 1000 } : undefined;
}
