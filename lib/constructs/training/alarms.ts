import { trainingName } from '#core/deployment/names.ts';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { addAlarm, type AlarmDefinition, over } from '../alarm.ts';
import type { TrainingQueue } from '../training-queue.ts';
import { trainingUndeliveredName } from './events.ts';

export interface TrainingAlarmsProps {
  readonly training: TrainingQueue;
  /** Where alarms say that they began and ended. @default - nowhere, they are seen in CloudWatch */
  readonly topic?: ITopic;
}

/** The alarms of trainings: one that made no version, one that does not end, an event that started none. */
export class TrainingAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { training, topic }: TrainingAlarmsProps) {
    super(scope, id);
    this.alarms = Object.entries(definitionsOf(training)).map(([what, definition]) =>
      addAlarm(this, what, { name: `${trainingName(training.stage)}-${what}`, threshold: 0, ...definition }, topic),
    );
  }
}

const definitionsOf = (training: TrainingQueue): Record<string, Pick<AlarmDefinition, 'metric' | 'description'>> => {
  const { stage } = training;
  return {
    failed: {
      metric: training.metricFailed(over('Sum')),
      description: `A training of ${stage} made no version: the trainer failed, its model's answers are not the framework's, or it was stopped. \`onnward trainings --stage ${stage}\` says which and why; what was live is live.`,
    },
    stuck: {
      metric: training.metricTimedOut(over('Sum')),
      description: `A training of ${stage} did not end within two weeks, and its workflow was given up. \`onnward trainings --stage ${stage}\` says where it stands, and what a job that has not started waits for; \`onnward trainings stop TRAINING --stage ${stage}\` ends it.`,
    },
    undelivered: {
      metric: training.metricUndelivered(over('Maximum')),
      description: `A schedule of ${stage} came due or data arrived, and no training could be started for a day. The queue ${trainingUndeliveredName(stage)} has the events for two weeks; \`onnward train\` makes up for one.`,
    },
  };
};
