import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';
import { serviceName } from '#core/deployment/names.ts';
import { NAMESPACE, MONITOR_METRICS } from '#core/monitoring/metrics.ts';
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

const datumOf = (stage: string, { model, name, value, at }: MonitorMetric, now: number): MetricDatum => ({
  MetricName: name,
  Value: value,
  Unit: MONITOR_METRICS[name === 'Drift' ? 'drift' : 'quality'].unit,
  Dimensions: [
    { Name: 'service', Value: serviceName(stage) },
    { Name: 'model', Value: model },
  ],
  Timestamp: new Date(now - at > OLDEST_MS ? now : at),
});
