import { batchName, undeliveredName } from '#core/deployment/names.ts';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, type AlarmDefinition, over } from '../alarm.ts';
import type { BatchInference } from '../batch-inference.ts';

export interface BatchAlarmsProps {
  readonly batch: BatchInference;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
}

/** The alarms of batch inference: a job that ended with rows left, one that does not end, an event that started none. */
export class BatchAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { batch, topic }: BatchAlarmsProps) {
    super(scope, id);
    this.alarms = Object.entries(definitionsOf(batch)).map(([what, definition]) =>
      addAlarm(this, what, { name: `${batchName(batch.stage)}-${what}`, threshold: 0, ...definition }, topic),
    );
  }
}

const definitionsOf = (batch: BatchInference): Record<string, Pick<AlarmDefinition, 'metric' | 'description'>> => ({
  failed: {
    metric: batch.metricFailed(over('Sum')),
    description: `A batch job of ${batch.stage} ended unfinished: shards are pending, more rows were bad than its budget allows, or it was refused. \`onnward batches --stage ${batch.stage}\` says which job and why; \`onnward batches resume JOB --stage ${batch.stage}\` scores what is left.`,
  },
  stuck: {
    metric: batch.metricTimedOut(over('Sum')),
    description: `A batch job of ${batch.stage} did not end within a day, and was given up. What it scored is kept: \`onnward batches resume JOB --stage ${batch.stage}\` scores the rest; a higher \`concurrency\` makes it quicker.`,
  },
  undelivered: {
    metric: batch.metricUndelivered(over('Maximum')),
    description: `Files arrived in ${batch.stage}, or a schedule came due, and no batch job could be started for a day. The queue ${undeliveredName(batch.stage)} has the events for two weeks, with the reason in their attributes; \`onnward batch\` with the file's URL makes up for one.`,
  },
});
