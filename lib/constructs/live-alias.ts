import { LIVE_ALIAS, liveAliasName } from '#core/deployment/names.ts';
import { stageFunction } from '#packaging/function.ts';
import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IPrincipal, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  type Architecture,
  Architecture as Architectures,
  Function as LambdaFunction,
  LoggingFormat,
  QualifiedFunctionBase,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { functionIdentity } from './function-identity.ts';
import { zipOf } from './staged-code.ts';

export interface LiveAliasProviderProps {
  readonly stage: string;
}

/** Enough for IAM to spread a permission, and for an answer that is tried three times. */
const TIMEOUT = Duration.minutes(2);

/** Lambda tries a failed asynchronous invocation again after one and two minutes. CloudFormation would wait for an hour. */
const SERVICE_TIMEOUT = Duration.minutes(12);

/** The function that CloudFormation asks for aliases `live`, one a stage. It may do so for the functions that say so only. */
export class LiveAliasProvider extends Construct {
  readonly function: LambdaFunction;
  private readonly permission = new PolicyStatement({ actions: ['lambda:GetAlias', 'lambda:CreateAlias'] });

  constructor(scope: Construct, id: string, { stage }: LiveAliasProviderProps) {
    super(scope, id);
    const functionName = liveAliasName(stage);
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: 'Makes the alias live of inference functions for CloudFormation, and never moves it',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architectures.ARM_64,
      handler: 'handler.handler',
      code: zipOf(stageFunction('live-alias')),
      memorySize: 256,
      timeout: TIMEOUT,
      loggingFormat: LoggingFormat.TEXT,
      ...functionIdentity(this, { functionName }),
    });
  }

  /**
   * Lets it make the alias of `functionName`. By name, so that it need not wait for the function, nor its stack for that
   * one's. A role's policies take 84 of the longest names: the 500 resources of a stack end before.
   */
  allow(functionName: string): void {
    const isFirst = this.permission.resources.length === 0;
    const { COLON_RESOURCE_NAME: arnFormat } = ArnFormat;
    const arn = { service: 'lambda', resource: 'function', resourceName: functionName, arnFormat };
    this.permission.addResources(Stack.of(this).formatArn(arn));
    if (isFirst) this.function.addToRolePolicy(this.permission);
  }
}

export interface LiveAliasProps {
  readonly function: LambdaFunction;
  /** As `function` is called in AWS. */
  readonly functionName: string;
  readonly provider: LiveAliasProvider;
}

/**
 * The alias `live` of a function: on $LATEST when it is made, and from then on wherever releases point it. Deployments
 * neither move nor delete it; it goes with its function.
 */
export class LiveAlias extends QualifiedFunctionBase {
  readonly lambda: LambdaFunction;
  readonly functionName: string;
  readonly functionArn: string;
  readonly architecture: Architecture;
  readonly grantPrincipal: IPrincipal;
  override readonly role: IRole;
  protected readonly qualifier = LIVE_ALIAS;
  protected readonly canCreatePermissions = true;
  private readonly name: string;

  constructor(scope: Construct, id: string, { function: target, functionName, provider }: LiveAliasProps) {
    super(scope, id);
    provider.allow(functionName);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::OnnwardLiveAlias',
      serviceToken: provider.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { FunctionName: target.functionName },
    });
    this.lambda = target;
    this.name = functionName;
    this.functionName = `${functionName}:${LIVE_ALIAS}`;
    // By the resource's attribute: whatever calls the alias, or lets it be called, comes after it.
    this.functionArn = resource.getAttString('AliasArn');
    this.architecture = target.architecture;
    this.grantPrincipal = target.grantPrincipal;
    this.role = target.role!;
  }

  /**
   * A metric of AWS/Lambda for what came through the alias, whichever version answered.
   * Source: the Lambda developer guide, "Using CloudWatch metrics with Lambda", "By Resource".
   */
  override metric(metricName: string, options?: MetricOptions): Metric {
    const dimensionsMap = { FunctionName: this.name, Resource: this.functionName };
    return super.metric(metricName, { ...options, dimensionsMap: { ...dimensionsMap, ...options?.dimensionsMap } });
  }
}
