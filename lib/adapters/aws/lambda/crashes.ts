import { CloudWatchClient, type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { LIVE_ALIAS } from '#core/deployment/names.ts';
import { asking } from '../aws-errors.ts';

export interface CrashQuery {
  readonly region: string;
  readonly functionName: string;
  readonly functionVersions: readonly string[];
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** Lambda's metrics are of whole minutes. */
const PERIOD_MS = 60_000;

/**
 * Calls of each version through `live` that ended without an answer: out of memory, over their time, or thrown. They leave
 * no line; one that is answered with 5xx is none of these. From the whole minute that `since` is in to the one that `until`
 * is in. Source: the Lambda developer guide, "Using CloudWatch metrics with Lambda". Throws `aws.*`.
 */
export async function crashesOf(query: CrashQuery): Promise<ReadonlyMap<string, number>> {
  const { region, functionName, functionVersions, since, until } = query;
  const client = new CloudWatchClient({ region, maxAttempts: 5 });
  const input = {
    StartTime: new Date(Math.floor(since / PERIOD_MS) * PERIOD_MS),
    EndTime: new Date(Math.ceil(until / PERIOD_MS) * PERIOD_MS),
    MetricDataQueries: functionVersions.map((version, index) => errorsOf(functionName, version, `m${index}`)),
  };
  try {
    const request = { action: 'cloudwatch:GetMetricData', resource: `function ${functionName}` };
    const pages = await asking(request, () => Array.fromAsync(paginateGetMetricData({ client }, input)));
    const results = pages.flatMap(({ MetricDataResults = [] }) => MetricDataResults);
    return new Map(
      functionVersions.map((version, index) => {
        const values = results.filter(({ Id }) => Id === `m${index}`).flatMap(({ Values = [] }) => Values);
        return [version, values.reduce((sum, value) => sum + value, 0)];
      }),
    );
  } finally {
    client.destroy();
  }
}

const errorsOf = (functionName: string, version: string, Id: string): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [
        { Name: 'FunctionName', Value: functionName },
        { Name: 'Resource', Value: `${functionName}:${LIVE_ALIAS}` },
        { Name: 'ExecutedVersion', Value: version },
      ],
    },
    Period: PERIOD_MS / 1000,
    Stat: 'Sum',
  },
});
