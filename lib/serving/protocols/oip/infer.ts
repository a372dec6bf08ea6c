import type { Tensor } from '#core/model/tensor.ts';
import type { InferenceOptions } from '#core/ports.ts';
import { deflate, inflate, withinLimit } from '#serving/compression.ts';
import type { Host } from '#serving/host.ts';
import type { BytesRequest, BytesResponse, Limits } from '#serving/message.ts';
import { requestIdOf } from '#serving/request-id.ts';
import { errorResponse } from '#serving/status.ts';
import { JSON_LENGTH_HEADER, readBody } from './frame.ts';
import { selectOutputs } from './outputs.ts';
import { wholeNumber } from './parameters.ts';
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
): Promise<BytesResponse> {
  const requestId = requestIdOf(request.header('x-request-id'));
  try {
    // Both are rare, and to await what is there already would cost each request a turn of the queue.
    const packed = request.header('content-encoding') !== undefined;
    const body = packed ? await inflate(request, limits) : withinLimit(request.body, limits);
    const response = await inferBody(host, name, version, request, body);
    response.headers['x-request-id'] = requestId;
    const accepted = request.header('accept-encoding');
    return accepted === undefined ? response : await deflate(response, accepted);
  } catch (error) {
    return errorResponse(error, requestId);
  }
}

async function inferBody(
  host: Host,
  name: string,
  version: string | undefined,
  request: BytesRequest,
  body: Uint8Array,
): Promise<BytesResponse> {
  // From finding the model to asking it there is no `await`: a version that is being swapped out stays until then.
  const started = performance.now();
  const plan = planOf(host.find(name, version));
  const read = readBody(body, request.header(JSON_LENGTH_HEADER), plan);
  const selections = selectOutputs(read, plan);
  const options = deadlineOf(read);
  const asked = performance.now();
  const tensors = await plan.served.model.infer(read.inputs as Tensor[], options);
  const answered = performance.now();
  const response = writeResponse(plan, read.id, selections, tensors);
  const { times } = plan;
  times.count++;
  times.inputNs += (asked - started) * 1e6;
  times.outputNs += (performance.now() - answered) * 1e6;
  return response;
}

/** The parameter `timeout` of the schedule policy, in microseconds; 0 is none. */
function deadlineOf({ parameters }: InferenceRequest): InferenceOptions | undefined {
  const timeout = wholeNumber(parameters, 'timeout', 0);
  return timeout ? { deadlineMs: timeout / 1000 } : undefined;
}
