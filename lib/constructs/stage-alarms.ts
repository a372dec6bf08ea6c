import { serviceName } from '#core/deployment/names.ts';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, over } from './alarm.ts';
import type { InferenceApi } from './inference-api.ts';

export interface StageAlarmsProps {
  readonly stage: string;
  readonly api: InferenceApi;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
  /** Answers with 5xx that five minutes may have. @default 5 */
  readonly serverErrors?: number;
}

/** The alarm of what no function sees: API Gateway failing by itself, or unable to reach a function. */
export class StageAlarms extends Construct {
  readonly serverErrors: Alarm;

  constructor(scope: Construct, id: string, { stage, api, topic, serverErrors = 5 }: StageAlarmsProps) {
    super(scope, id);
    const definition = {
      // A model's name cannot begin with a hyphen, so this is no model's alarm.
      name: `${serviceName(stage)}--api-errors`,
      metric: api.metricServerErrors(over('Sum')),
      threshold: serverErrors,
      description: `The API of ${serviceName(stage)} answered more than ${serverErrors} requests of five minutes with 5xx. Where a model's own alarm is on, look there first; else the access log says which route, and whether the function was reached (integration status).`,
    };
    this.serverErrors = addAlarm(this, 'api-errors', definition, topic);
  }
}
