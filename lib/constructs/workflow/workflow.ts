import { readFileSync } from 'node:fs';
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { acknowledgeWildcard } from '../wildcard.ts';

export interface WorkflowProps {
  /** Of the workflow in AWS. */
  readonly name: string;
  /** The file that runs on a laptop too. */
  readonly definition: URL;
  /** What the file calls the one function that does its tasks. */
  readonly substitution: string;
  readonly worker: IFunction;
  readonly registry: IModelRegistry;
  /** Keys of the lists that its map reads, as a pattern. @default - it has no map that reads lists */
  readonly lists?: string;
  /** Why no more than failures is logged. */
  readonly logsNoMore: string;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** Step Functions' side: a workflow, the role that it has, and the log of what fails in it. */
export function addWorkflow(scope: Construct, props: WorkflowProps): StateMachine {
  const { name, definition, substitution, worker, logRetention } = props;
  const role = new Role(scope, 'WorkflowRole', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  const workflow = new StateMachine(scope, 'Workflow', {
    stateMachineName: name,
    definitionBody: DefinitionBody.fromString(readFileSync(definition, 'utf8')),
    definitionSubstitutions: { [substitution]: worker.functionArn },
    role,
    logs: {
      destination: new LogGroup(scope, 'WorkflowLogs', {
        // Below this prefix no log adds to the one policy that an account has for all of them.
        logGroupName: `/aws/vendedlogs/states/${name}`,
        retention: logRetention ?? RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: LogLevel.ERROR,
      includeExecutionData: false,
    },
  });
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [worker.functionArn] }));
  if (props.lists !== undefined) {
    grantLists(role, props.registry, props.lists);
    grantMap(role, name);
  }
  acknowledge(workflow, role, props);
  return workflow;
}

/** The ARN that a workflow of this name will have: to be named by what it calls itself. */
export const workflowArn = (scope: Construct, name: string): string => arnOf(scope, 'stateMachine', name);

function arnOf(scope: Construct, resource: string, resourceName: string): string {
  const { COLON_RESOURCE_NAME: arnFormat } = ArnFormat;
  return Stack.of(scope).formatArn({ service: 'states', resource, resourceName, arnFormat });
}

function grantLists(role: Role, { bucket }: IModelRegistry, lists: string): void {
  bucket.encryptionKey?.grant(role, 'kms:Decrypt');
  const keys = bucket.arnForObjects(lists);
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [keys] }));
  acknowledgeWildcard(role, keys, 'The lists of shards of all its executions: the map reads the one of its own.');
}

/** A map runs its items as executions of their own. Source: the Step Functions developer guide, "IAM policies for using Distributed Map states". */
function grantMap(role: Role, name: string): void {
  const children = arnOf(role, 'execution', `${name}:*`);
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [workflowArn(role, name)] }));
  role.addToPolicy(
    new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [children] }),
  );
  acknowledgeWildcard(role, children, 'The executions of its own map have names that Step Functions makes up.');
}

function acknowledge(workflow: StateMachine, role: Role, { logsNoMore }: WorkflowProps): void {
  acknowledgeWildcard(role, '*', 'Deliveries of logs are of the account: CloudWatch has no resource to name for them.');
  Validations.of(workflow).acknowledge({ id: 'AwsSolutions-SF1', reason: logsNoMore });
  Validations.of(workflow).acknowledge({
    id: 'AwsSolutions-SF2',
    reason: 'A trace of each of thousands of shards costs by the trace; where it stands is in its own records.',
  });
}
