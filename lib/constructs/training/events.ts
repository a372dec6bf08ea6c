import { trainingName } from '#core/deployment/names.ts';
import type { NewTraining } from '#core/training/events.ts';
import { Validations } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { addUndelivered, PATIENCE } from '../workflow/undelivered.ts';
import type { TrainingModels } from './options.ts';

export interface TrainingEventsProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: TrainingModels;
  readonly workflow: StateMachine;
}

/** What starts trainings by itself: the time, and data that arrive. What could not start one is kept. */
export class TrainingEvents extends Construct {
  /** Holds for two weeks what EventBridge could not deliver in a day. */
  readonly undelivered: Queue;
  private readonly props: TrainingEventsProps;

  constructor(scope: Construct, id: string, props: TrainingEventsProps) {
    super(scope, id);
    this.props = props;
    this.undelivered = addUndelivered(this, trainingUndeliveredName(props.stage));
    Validations.of(this.undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a queue of dead letters itself: what comes in is looked at by people, after its alarm.',
    });
    for (const [model, { training }] of Object.entries(props.models)) {
      const { schedule, data } = training.starts ?? {};
      if (schedule !== undefined) this.startBySchedule(model, schedule);
      if (data !== undefined) this.startByData(model, data);
    }
  }

  private startBySchedule(model: string, rate: string): void {
    new Rule(this, `Schedule-${model}`, {
      description: `Trains ${model}`,
      schedule: Schedule.expression(rate),
      targets: [this.target({ model, trigger: 'schedule', actor: `schedule ${rate}` })],
    });
  }

  private startByData(model: string, prefix: string): void {
    new Rule(this, `Data-${model}`, {
      description: `Trains ${model} with what arrives`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.props.registry.bucket.bucketName] }, object: { key: [{ prefix }] } },
      },
      targets: [this.target({ model, trigger: 'data', actor: 'data', why: told('$.detail.object.key') })],
    });
  }

  private target(request: NewTraining): SfnStateMachine {
    const input = RuleTargetInput.fromObject(request);
    return new SfnStateMachine(this.props.workflow, { ...PATIENCE, deadLetterQueue: this.undelivered, input });
  }
}

/** As a value of its own: within a text, a quote of a key's would break it. */
const told = (path: string): string => EventField.fromPath(path);

/** The queue of events that no training could be started for. */
export const trainingUndeliveredName = (stage: string): string => `${trainingName(stage)}-undelivered`;
