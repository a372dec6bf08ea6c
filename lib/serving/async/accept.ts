import type { Metrics } from '#core/ports.ts';
import type { BytesRequest, BytesResponse } from '#serving/message.ts';
import { refuse } from '#serving/protocols/oip/infer.ts';
import type { AsyncRequests, Target } from './requests.ts';

/** Answers an inference request that prefers not to wait, and counts it: the protocol's `infer` for those. It never rejects. */
export async function acceptRequest(
  requests: AsyncRequests,
  target: Target,
  request: BytesRequest,
  { requestId, metrics }: { readonly requestId: string; readonly metrics: Metrics | undefined },
): Promise<BytesResponse> {
  const started = performance.now();
  const { host, name } = target;
  try {
    const { response, version } = await requests.accept(target, request);
    const ms = performance.now() - started;
    metrics?.record({ model: name, version, status: response.status, errorCode: undefined, ms });
    return response;
  } catch (error) {
    return refuse(error, { host, name, requestId, started, metrics });
  }
}
