import type { ObjectReader } from '#core/ports.ts';
import { type ServedModel, soleHost } from '#serving/host.ts';
import { answerExplain } from './answer.ts';
import { lazyBackgrounds } from './lazily.ts';

/** Who asks on their own machine can wait, and end it, ms. */
const DEADLINE_MS = 600_000;

/**
 * Answers one request of `:explain` in this process, by the very code that a server answers with: JSON. Throws what it would
 * refuse the request with.
 */
export async function explainInProcess(
  served: ServedModel,
  body: string,
  store: Pick<ObjectReader, 'get'>,
): Promise<string> {
  const request = { header: () => undefined, body: Buffer.from(body) };
  const target = { host: soleHost(served), name: served.name, version: undefined };
  const options = { backgrounds: lazyBackgrounds(() => store), deadlineMs: DEADLINE_MS };
  const answer = await answerExplain(target, request, { maxBodyBytes: Infinity }, options);
  return answer.body as string;
}
