import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';
import { serviceName } from '#core/deployment/names.ts';
import { CORRECT, MONITOR_METRICS, NAMESPACE } from '#core/monitoring/metrics.ts';
import type { MonitorMetric } from '#core/monitoring/monitor/world.ts';
import { asking } from '../aws-errors.ts';

/** What is older lies in a period that an alarm has judged already, ms. */
const OLDEST_MS = 30 * 60_000;

/** CloudWatch takes a thousand at once, which is more than a pass ever has. */
export async function putMetrics(
  region: string,
  stage: string,
  metrics: readonly MonitorMetric[],
  now: number,
): Promise<void> {
  const client = new CloudWatchClient({ region, maxAttempts: 5 });
  const MetricData = metrics.map((metric) => datumOf(stage, metric, now));
  try {
    await asking({ action: 'cloudwatch:PutMetricData', resource: `metrics of ${serviceName(stage)}` }, () =>
      client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData })),
    );
  } finally {
    client.destroy();
  }
}

/** Of many answers each is a value, so that their number is the sample count and their mean the average. */
export function datumOf(stage: string, metric: MonitorMetric, now: number): MetricDatum {
  const { model, name, at } = metric;
  return {
    MetricName: name,
    ...valuesOf(metric),
    Unit: UNITS[name],
    Dimensions: [
      { Name: 'service', Value: serviceName(stage) },
      { Name: 'model', Value: model },
    ],
    Timestamp: new Date(now - at > OLDEST_MS ? now : at),
  };
}

const UNITS = {
  Drift: MONITOR_METRICS.drift.unit,
  Quality: MONITOR_METRICS.quality.unit,
  Correct: CORRECT.unit,
} as const satisfies Record<MonitorMetric['name'], string>;

function valuesOf({ value, of }: MonitorMetric): Pick<MetricDatum, 'Value' | 'Values' | 'Counts'> {
  if (of === undefined) return { Value: value };
  const right = Math.round(value * of);
  const counts = [
    [1, right],
    [0, of - right],
  ].filter(([, count]) => count !== 0) as [number, number][];
  return { Values: counts.map(([each]) => each), Counts: counts.map(([, count]) => count) };
}
