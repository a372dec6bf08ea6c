import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { asking } from './aws-errors.ts';

export interface AlarmState {
  readonly name: string;
  /** OK, ALARM or INSUFFICIENT_DATA. */
  readonly state: string;
  /** CloudWatch's own account of it. */
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Every alarm whose name begins with `prefix`, by name. Throws `aws.*`. */
export async function alarmStates(region: string, prefix: string): Promise<AlarmState[]> {
  const client = new CloudWatchClient({ region, maxAttempts: 5 });
  try {
    return await asking({ action: 'cloudwatch:DescribeAlarms', resource: `alarms ${prefix}*` }, async () => {
      const pages = await Array.fromAsync(paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix }));
      return pages
        .flatMap(({ MetricAlarms = [] }) => MetricAlarms)
        .map((alarm) => ({
          name: alarm.AlarmName ?? '',
          state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
          reason: alarm.StateReason ?? '',
          since: alarm.StateUpdatedTimestamp?.toISOString() ?? '',
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  } finally {
    client.destroy();
  }
}
