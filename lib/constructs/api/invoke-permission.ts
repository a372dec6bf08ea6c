import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * Lets API Gateway call a function on behalf of one API: once a function, whatever the number of its routes. An alias that
 * a custom resource makes must be there before.
 */
export function permitInvoke(scope: Construct, id: string, target: IFunction, sourceArn: string): void {
  const permission = new CfnPermission(scope, id, {
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    functionName: target.functionArn,
    sourceArn,
  });
  permission.node.addDependency(target);
}
