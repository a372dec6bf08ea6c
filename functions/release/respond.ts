import type { TargetAnswer } from '#core/ports.ts';
import { type ServedModel, soleHost } from '#serving/host.ts';
import { infer } from '#serving/protocols/oip/infer.ts';

const UNLIMITED = { maxBodyBytes: Number.POSITIVE_INFINITY };

/** Answers one request of the Open Inference Protocol in this process, as a server does: a refusal is an answer. */
export async function respond(served: ServedModel, body: string): Promise<Pick<TargetAnswer, 'status' | 'body'>> {
  const request = { header: () => undefined, body: Buffer.from(body) };
  const answer = await infer(soleHost(served), served.name, undefined, request, UNLIMITED);
  const text = typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString('utf8');
  return { status: answer.status, body: text };
}
