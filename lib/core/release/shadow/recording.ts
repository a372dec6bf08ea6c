import type { RecordedRequest } from './recorded.ts';

/** Characters of a line; a longer one is as bad as one that is no JSON. */
const MAX_LINE = 16 * 2 ** 20;

/** A recording is JSON lines: one recorded request a line, without the line break. */
export const encodeRecorded = ({ at, version, request, response, ms }: RecordedRequest): string =>
  JSON.stringify({ at, version, request, response, ms });

/** What a line holds; undefined where it is no recorded request: cut short by a crash, or written by somebody else. */
export function decodeRecorded(line: string): RecordedRequest | undefined {
  if (line.length > MAX_LINE) return undefined;
  try {
    return recordedOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function recordedOf(value: unknown): RecordedRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { at, version, request, response, ms } = value as Record<string, unknown>;
  if (!isTime(at) || !isTime(ms) || !Number.isSafeInteger(version) || (version as number) < 1) return undefined;
  if (typeof request !== 'string' || typeof response !== 'string') return undefined;
  return { at, version: version as number, request, response, ms };
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** The requests of a recording, in its order; `onBad` hears of each line that is none. Empty lines are nothing. */
export async function* recordedIn(
  lines: AsyncIterable<string> | Iterable<string>,
  onBad: () => void = () => {},
): AsyncGenerator<RecordedRequest> {
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const recorded = decodeRecorded(line);
    if (recorded) yield recorded;
    else onBad();
  }
}
