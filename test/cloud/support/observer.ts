import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { EmulatedAws } from './emulated-aws.ts';
import { eventually } from './eventually.ts';

export interface MetricQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch has it: `Sum`, `Average`, `p99`. */
  readonly statistic: string;
}

/** What CloudWatch knows. */
export class Observer {
  readonly #cloudwatch: CloudWatchClient;

  constructor(aws: EmulatedAws) {
    this.#cloudwatch = new CloudWatchClient(aws.config);
  }

  /** The statistic of the last hour as a single value; undefined without data. */
  async metric({ namespace, name, dimensions, statistic }: MetricQuery): Promise<number | undefined> {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const Metric = { Namespace: namespace, MetricName: name, Dimensions };
    const { MetricDataResults } = await this.#cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 60_000),
        MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 86_400, Stat: statistic } }],
      }),
    );
    return MetricDataResults?.[0]?.Values?.[0];
  }

  async stateOf(alarm: string): Promise<string | undefined> {
    const { MetricAlarms } = await this.#cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm] }));
    return MetricAlarms?.[0]?.StateValue;
  }

  async alarmIs(alarm: string, state: string): Promise<void> {
    await eventually(`${alarm} in ${state}`, async () => ((await this.stateOf(alarm)) === state ? true : undefined));
  }

  close(): void {
    this.#cloudwatch.destroy();
  }
}
