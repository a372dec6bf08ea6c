import { createHash } from 'node:crypto';
import { OnnwardError } from '../../errors.ts';
import type { RecordedRequest } from './recorded.ts';
import type { Place } from './tally.ts';

/** Names a recorded request without telling what was asked. */
function digestOf({ at, version, request, response, ms }: RecordedRequest): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([at, version, ms, request, response]));
  return hash.digest('hex').slice(0, 24);
}

/**
 * The digests of the latest `count` requests that a version has answered, in the order in which they came. Where nothing is
 * recorded at all there are none.
 */
export async function chooseRequests(
  recorded: AsyncIterable<RecordedRequest>,
  version: number,
  count: number,
): Promise<string[]> {
  const latest: string[] = [];
  let seen = 0;
  for await (const request of orNone(recorded)) {
    if (request.version === version) latest[seen++ % count] = digestOf(request);
  }
  const oldest = seen % count;
  return seen <= count ? latest : [...latest.slice(oldest), ...latest.slice(0, oldest)];
}

/** A chosen request; `recorded` is undefined where it is in the recording no more. */
export interface ChosenRequest extends Place {
  readonly recorded?: RecordedRequest;
}

/** Those of `digests` from `from` up to, and without, `to`. */
export async function findRequests(
  recorded: AsyncIterable<RecordedRequest>,
  digests: readonly string[],
  from: number,
  to: number,
): Promise<ChosenRequest[]> {
  const wanted = new Set(digests.slice(from, to));
  const found = new Map<string, RecordedRequest>();
  for await (const request of orNone(recorded)) {
    const digest = digestOf(request);
    if (wanted.has(digest)) found.set(digest, request);
  }
  return digests.slice(from, to).map((digest, index) => {
    const request = found.get(digest);
    return { position: from + index, at: request?.at ?? 0, ...(request && { recorded: request }) };
  });
}

async function* orNone(recorded: AsyncIterable<RecordedRequest>): AsyncGenerator<RecordedRequest> {
  try {
    yield* recorded;
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.code !== 'recording.not_found') throw error;
  }
}
