import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  type ResultField,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { bakeQuery, bakeRow, type BakeRow, MOST_ROWS } from '#core/monitoring/bake-query.ts';
import { OnnwardError } from '#core/errors.ts';
import { asking, isAwsError } from '../aws-errors.ts';
import type { LineCounting } from './observations.ts';
import { until } from './waiting.ts';

/** A bake has at most a few gigabytes of lines. */
const LIMIT_MS = 3 * 60_000;

/** What ends a query other than its answer. Source: the API reference of CloudWatch Logs, `GetQueryResults`. */
const ENDED = new Set(['Failed', 'Cancelled', 'Timeout', 'Unknown']);

/**
 * Counts a function's lines by Logs Insights; none where it has no log yet. Throws `traffic.query_failed`,
 * `publish.timeout`, `aws.*`.
 */
export async function countLines({ region, logGroup, query, pace }: LineCounting): Promise<readonly BakeRow[]> {
  const client = new CloudWatchLogsClient({ region, maxAttempts: 5 });
  const wait = { what: `The count of lines of ${logGroup}`, limit: LIMIT_MS, pace };
  try {
    const queryId = await until(() => start(client, logGroup, query), wait);
    const answer = queryId === NO_LOG ? { results: [] } : await until(() => read(client, logGroup, queryId), wait);
    return rowsOf(logGroup, answer.results ?? []);
  } finally {
    client.destroy();
  }
}

const NO_LOG = '';

/** Its id; undefined where the account has as many queries under way as it may. */
async function start(
  client: CloudWatchLogsClient,
  logGroup: string,
  query: LineCounting['query'],
): Promise<string | undefined> {
  const command = new StartQueryCommand({
    logGroupName: logGroup,
    // Seconds, both included; the query itself has the milliseconds.
    startTime: Math.floor(query.since / 1000),
    endTime: Math.ceil(query.until / 1000),
    queryString: bakeQuery(query),
    limit: MOST_ROWS,
  });
  try {
    const { queryId } = await asking({ action: 'logs:StartQuery', resource: logGroup }, () => client.send(command));
    return queryId;
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return NO_LOG;
    if (isAwsError(error, 'LimitExceededException')) return undefined;
    throw error;
  }
}

/** Undefined as long as it is under way. */
async function read(
  client: CloudWatchLogsClient,
  logGroup: string,
  queryId: string,
): Promise<GetQueryResultsCommandOutput | undefined> {
  const request = { action: 'logs:GetQueryResults', resource: logGroup };
  const answer = await asking(request, () => client.send(new GetQueryResultsCommand({ queryId })));
  if (answer.status !== undefined && ENDED.has(answer.status)) throw failed(logGroup, `it ended as ${answer.status}`);
  return answer.status === 'Complete' ? answer : undefined;
}

/** What is not whole is no evidence: every row has to be one of ours. */
function rowsOf(logGroup: string, results: readonly (readonly ResultField[])[]): BakeRow[] {
  if (results.length >= MOST_ROWS) throw failed(logGroup, `it has ${MOST_ROWS} rows or more`);
  return results.map((fields) => {
    const row = bakeRow(Object.fromEntries(fields.map(({ field = '', value }) => [field, value])));
    if (!row) throw failed(logGroup, `it has a row that is no count: ${JSON.stringify(fields)}`);
    return row;
  });
}

const failed = (logGroup: string, why: string): OnnwardError =>
  new OnnwardError(`Logs Insights did not count the lines of ${logGroup}: ${why}.`, {
    code: 'traffic.query_failed',
    kind: 'unavailable',
    fix: 'Run the release again: it goes on from here.',
    fields: { logGroup, why },
  });
