import { monitorName } from '#core/deployment/names.ts';
import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, type AlarmDefinition, over } from '../alarm.ts';
import type { ModelMonitor } from '../model-monitor.ts';
import { monitorUndeliveredName } from './events.ts';

export interface MonitorAlarmsProps {
  readonly monitor: ModelMonitor;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
}

/** The alarms of monitoring itself: it failed, an event is stuck, or it has not run. */
export class MonitorAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { monitor, topic }: MonitorAlarmsProps) {
    super(scope, id);
    this.alarms = Object.entries(definitionsOf(monitor)).map(([what, definition]) =>
      addAlarm(this, what, { name: `${monitorName(monitor.stage)}-${what}`, threshold: 0, ...definition }, topic),
    );
  }
}

const definitionsOf = (monitor: ModelMonitor): Record<string, Omit<AlarmDefinition, 'name' | 'threshold'>> => {
  const { stage } = monitor;
  return {
    failed: {
      metric: monitor.metricErrors(over('Sum')),
      description: `Monitoring of ${stage} failed on a model or an alarm, and is tried again: the log of ${monitorName(stage)} says on which and why. Windows that were not looked at are, at the next hour; \`onnward monitor MODEL --stage ${stage}\` does it at once.`,
    },
    undelivered: {
      metric: monitor.metricUndelivered(over('Maximum')),
      description: `An alarm of ${stage} could not be acted on, or an hourly look failed three times. The queue ${monitorUndeliveredName(stage)} has the events for two weeks; \`onnward rollback\`, \`onnward train\` and \`onnward monitor MODEL --stage ${stage}\` do the same by hand.`,
    },
    silent: {
      metric: monitor.metricRuns({ statistic: 'Sum', period: Duration.days(1) }),
      goesOff: 'notOver',
      missing: 'bad',
      description: `Monitoring of ${stage} has not run for a day, so that nobody looks at its live models. Look whether the rule of EventBridge that calls ${monitorName(stage)} each hour is enabled; a stage that is new runs it within the hour.`,
    },
  };
};
