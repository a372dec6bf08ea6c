import { inPrefix, REQUESTS_PREFIX } from '#core/batch/keys.ts';
import type { JobRequest } from '#core/batch/events.ts';
import { undeliveredName } from '#core/deployment/names.ts';
import { Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { grouped, type NamePattern } from '../workflow/patterns.ts';
import { addUndelivered, PATIENCE } from '../workflow/undelivered.ts';
import type { BatchModel, BatchSchedule } from './options.ts';

export interface StartsProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: Readonly<Record<string, BatchModel>>;
  readonly workflow: StateMachine;
}

/** The bodies of large and slow requests: `requestOfBody` knows them. */
const BODIES: NamePattern = { wildcard: `${REQUESTS_PREFIX}*/body` };

/** What starts the workflow by itself: objects that arrive, and schedules. What could not start it is kept. */
export class Starts extends Construct {
  /** Holds for two weeks what EventBridge could not deliver in a day. */
  readonly undelivered: Queue;
  private readonly registry: IModelRegistry;
  private readonly workflow: StateMachine;

  constructor(scope: Construct, id: string, { stage, registry, models, workflow }: StartsProps) {
    super(scope, id);
    this.registry = registry;
    this.workflow = workflow;
    this.undelivered = addUndelivered(this, undeliveredName(stage));
    Validations.of(this.undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a queue of dead letters itself: what comes in is looked at by people, after its alarm.',
    });
    const keys = [BODIES, ...Object.keys(models).map((model) => ({ prefix: inPrefix(model) }))];
    for (const [index, group] of grouped(keys).entries()) this.startByArrival(`Arrivals${index || ''}`, group);
    for (const [model, { schedule }] of Object.entries(models)) if (schedule) this.startBySchedule(model, schedule);
  }

  private startByArrival(id: string, keys: readonly NamePattern[]): void {
    new Rule(this, id, {
      description: 'Scores what arrives for a model',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.registry.bucket.bucketName] },
          object: { key: keys },
        },
      },
      targets: [this.target()],
    });
  }

  private startBySchedule(model: string, { rate, input }: BatchSchedule): void {
    const url = input.startsWith('s3://') ? input : `${this.registry.storeUrl}/${input}`;
    const request: JobRequest = { model, inputs: [url], actor: `schedule ${rate}` };
    new Rule(this, `Schedule-${model}`, {
      description: `Scores ${url} with ${model}`,
      schedule: Schedule.expression(rate),
      targets: [this.target(RuleTargetInput.fromObject(request))],
    });
  }

  private target(input?: RuleTargetInput): SfnStateMachine {
    return new SfnStateMachine(this.workflow, {
      ...PATIENCE,
      deadLetterQueue: this.undelivered,
      ...(input && { input }),
    });
  }
}
