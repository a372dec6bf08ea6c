import { HEALTH_EVENT } from '#core/deployment/function-event.ts';
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface KeepActiveProps {
  /** An alias, so that the version it points to is the one invoked. */
  readonly alias: IFunction;
}

/**
 * Invokes an alias every week. Lambda makes a function that has not been invoked for weeks `Inactive`, and refuses the call
 * that wakes it up. Source: the Lambda developer guide, "Lambda function states".
 */
export class KeepActive extends Construct {
  constructor(scope: Construct, id: string, { alias }: KeepActiveProps) {
    super(scope, id);
    const event = RuleTargetInput.fromObject(HEALTH_EVENT);
    new Rule(this, 'Rule', {
      description: `Keeps ${alias.functionName} from becoming Inactive`,
      schedule: Schedule.rate(Duration.days(7)),
      targets: [new LambdaFunction(alias, { event, maxEventAge: Duration.hours(1), retryAttempts: 2 })],
    });
  }
}
