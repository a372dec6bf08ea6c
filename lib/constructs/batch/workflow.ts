import { readFileSync } from 'node:fs';
import { drivesPrefix } from '#core/batch/keys.ts';
import { batchName } from '#core/deployment/names.ts';
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { acknowledgeWildcard } from '../wildcard.ts';

/** The file that runs on a laptop too. */
const DEFINITION = new URL('../../core/batch/batch.asl.json', import.meta.url);

export interface WorkflowProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly worker: IFunction;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** Step Functions' side: the workflow, the role that it has, and the log of what fails in it. */
export function addWorkflow(scope: Construct, { stage, registry, worker, logRetention }: WorkflowProps): StateMachine {
  const role = new Role(scope, 'WorkflowRole', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  const workflow = new StateMachine(scope, 'Workflow', {
    stateMachineName: batchName(stage),
    definitionBody: DefinitionBody.fromString(readFileSync(DEFINITION, 'utf8')),
    definitionSubstitutions: { batchFunction: worker.functionArn },
    role,
    logs: {
      destination: new LogGroup(scope, 'WorkflowLogs', {
        // Below this prefix no log adds to the one policy that an account has for all of them.
        logGroupName: `/aws/vendedlogs/states/${batchName(stage)}`,
        retention: logRetention ?? RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: LogLevel.ERROR,
      includeExecutionData: false,
    },
  });
  grantWork(role, registry, worker);
  grantMap(role, stage);
  acknowledge(workflow, role);
  return workflow;
}

function grantWork(role: Role, { bucket }: IModelRegistry, worker: IFunction): void {
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [worker.functionArn] }));
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
  const lists = bucket.arnForObjects(`${drivesPrefix('*')}*`);
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [lists] }));
  acknowledgeWildcard(role, lists, 'The lists of shards of all jobs: the map reads the one that the plan has written.');
}

/** A map runs its items as executions of their own. Source: the Step Functions developer guide, "IAM policies for using Distributed Map states". */
function grantMap(role: Role, stage: string): void {
  const { COLON_RESOURCE_NAME: arnFormat } = ArnFormat;
  const arn = (resource: string, name: string) =>
    Stack.of(role).formatArn({ service: 'states', resource, resourceName: name, arnFormat });
  const children = arn('execution', `${batchName(stage)}:*`);
  const itself = arn('stateMachine', batchName(stage));
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [itself] }));
  role.addToPolicy(
    new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [children] }),
  );
  acknowledgeWildcard(role, children, 'The executions of its own map have names that Step Functions makes up.');
}

function acknowledge(workflow: StateMachine, role: Role): void {
  acknowledgeWildcard(role, '*', 'Deliveries of logs are of the account: CloudWatch has no resource to name for them.');
  Validations.of(workflow).acknowledge({
    id: 'AwsSolutions-SF1',
    reason:
      'Failures are logged. All events of ten thousand shards would cost more than scoring them, and tell nothing that the receipts do not.',
  });
  Validations.of(workflow).acknowledge({
    id: 'AwsSolutions-SF2',
    reason: 'A trace of each of thousands of shards costs by the trace; where a job stands is in its manifest.',
  });
}
