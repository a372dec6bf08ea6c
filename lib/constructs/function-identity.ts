import { RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface FunctionIdentityOptions {
  readonly functionName: string;
  /** How long the log is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** What a function has for itself alone. */
export interface FunctionIdentity {
  readonly role: Role;
  readonly logGroup: LogGroup;
}

/**
 * A role that may write to its function's own log, and nothing else yet: `AWSLambdaBasicExecutionRole` may write to every
 * log of the account. It cannot make the log either, so that none comes back once the stack has deleted it.
 */
export function functionIdentity(scope: Construct, options: FunctionIdentityOptions): FunctionIdentity {
  const { functionName, logRetention = RetentionDays.ONE_MONTH } = options;
  const logGroup = new LogGroup(scope, 'Logs', {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return { role, logGroup };
}
