import { CloudWatchLogsClient, type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { type BakeLine, type BakeQuery, type BakeRow, rowOfLine } from '#core/monitoring/bake-query.ts';
import { OnnwardError } from '#core/errors.ts';
import { asking, isAwsError } from '../aws-errors.ts';
import type { LineCounting } from './observations.ts';

/** Beyond it Logs Insights is the tool. */
const MOST_LINES = 200_000;

/**
 * Stands in for Logs Insights where there is none, as in an emulator: reads the lines of a function's log one by one, and
 * puts them together by the same rules. None where there is no log yet. Throws `traffic.many_lines`, `aws.*`.
 */
export async function countLines({ region, logGroup, query }: LineCounting): Promise<readonly BakeRow[]> {
  const client = new CloudWatchLogsClient({ region, maxAttempts: 5 });
  const input = { logGroupName: logGroup, startTime: query.since, endTime: query.until };
  try {
    const request = { action: 'logs:FilterLogEvents', resource: logGroup };
    return await asking(request, async () => {
      const events: FilteredLogEvent[] = [];
      for await (const page of paginateFilterLogEvents({ client }, input)) {
        events.push(...(page.events ?? []));
        if (events.length > MOST_LINES) throw manyLines(logGroup);
      }
      return rowsOf(events, query);
    });
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return [];
    throw error;
  } finally {
    client.destroy();
  }
}

/** Lines that are alike, counted, as `stats count(*) by` does it. */
export function rowsOf(
  events: readonly Pick<FilteredLogEvent, 'message' | 'timestamp'>[],
  query: BakeQuery,
): BakeRow[] {
  const rows = new Map<string, BakeRow>();
  for (const { message = '', timestamp = 0 } of events) {
    const line = lineOf(message);
    const row = line && rowOfLine(line, timestamp, query);
    if (!row) continue;
    const of = JSON.stringify(row);
    rows.set(of, { ...row, lines: (rows.get(of)?.lines ?? 0) + 1 });
  }
  return [...rows.values()];
}

/** Undefined for what is no JSON object: a function's log has other lines, too. */
function lineOf(message: string): BakeLine | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as BakeLine;
  } catch {
    return undefined;
  }
}

const manyLines = (logGroup: string): OnnwardError =>
  new OnnwardError(`${logGroup} has more than ${MOST_LINES} lines in this time.`, {
    code: 'traffic.many_lines',
    kind: 'too-large',
    fix: 'Leave ONNWARD_OBSERVATIONS out: Logs Insights counts any number of them.',
    fields: { logGroup, most: MOST_LINES },
  });
