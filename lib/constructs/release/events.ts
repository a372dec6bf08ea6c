import { alarmPrefix, releaseName } from '#core/deployment/names.ts';
import { Duration, Stack } from 'aws-cdk-lib';
import { type EventPattern, type IRuleTarget, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { grouped } from '../workflow/patterns.ts';
import { PATIENCE } from '../workflow/undelivered.ts';
import type { ReleaseModels } from './options.ts';

export interface ReleaseEventsProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly models: ReleaseModels;
  readonly workflow: StateMachine;
  readonly function: IFunction;
  /** For what could not be delivered. */
  readonly undelivered: Queue;
}

/** What begins and ends releases by itself: a version that is registered, an alarm, a deployment, the time. */
export class ReleaseEvents extends Construct {
  private readonly props: ReleaseEventsProps;

  constructor(scope: Construct, id: string, props: ReleaseEventsProps) {
    super(scope, id);
    this.props = props;
    this.releaseWhatIsRegistered();
    this.abortByAlarms();
    this.releaseWhatIsDeployed();
    new Rule(this, 'Hourly', {
      description: `Closes releases of ${props.stage} that nobody decided on in time, and keeps the previous versions active`,
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [this.functionTarget()],
    });
  }

  /** A manifest is the last file of a version to be written. */
  private releaseWhatIsRegistered(): void {
    const { registry, models } = this.props;
    const keys = Object.entries(models)
      .filter(([, { autoRelease }]) => autoRelease)
      .map(([model]) => ({ wildcard: `models/${model}/versions/*/manifest.json` }));
    this.addRules('Registered', 'Releases a version that was registered', grouped(keys), (key) => ({
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [registry.bucket.bucketName] }, object: { key } },
    }));
  }

  /** Of any of its models, and so of a model whose name begins alike: the function knows which alarm is whose. */
  private abortByAlarms(): void {
    const { stage, models } = this.props;
    const names = Object.keys(models).map((model) => ({ prefix: alarmPrefix(stage, model) }));
    this.addRules('Alarms', 'Ends the release of a model whose alarm goes off', grouped(names), (alarmName) => ({
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      detail: { alarmName, state: { value: ['ALARM'] } },
    }));
  }

  /** Every update of this very stack: the function looks whether anything of a model's function is new. */
  private releaseWhatIsDeployed(): void {
    this.addRules('Deployed', 'Releases what a deployment brought', [[Stack.of(this).stackId]], (stackId) => ({
      source: ['aws.cloudformation'],
      detailType: ['CloudFormation Stack Status Change'],
      detail: { 'stack-id': stackId, 'status-details': { status: ['UPDATE_COMPLETE'] } },
    }));
  }

  private addRules<T>(
    id: string,
    description: string,
    groups: readonly T[],
    pattern: (group: T) => EventPattern,
  ): void {
    for (const [index, group] of groups.entries()) {
      const target = id === 'Registered' ? this.workflowTarget() : this.functionTarget();
      new Rule(this, `${id}${index || ''}`, { description, eventPattern: pattern(group), targets: [target] });
    }
  }

  private workflowTarget(): IRuleTarget {
    const { workflow, undelivered } = this.props;
    return new SfnStateMachine(workflow, { ...PATIENCE, deadLetterQueue: undelivered });
  }

  private functionTarget(): IRuleTarget {
    const { function: fn, undelivered } = this.props;
    return new FunctionTarget(fn, { ...PATIENCE, deadLetterQueue: undelivered });
  }
}

/** The queue of events that neither the workflow nor the function could be given. */
export const releaseUndeliveredName = (stage: string): string => `${releaseName(stage)}-undelivered`;
