import { Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * Tells cdk-nag why a role's permission ends in a wildcard, so that it finds only those that nobody has thought about. A
 * finding is named by the resource as it stands in the template.
 */
export function acknowledgeWildcard({ grantPrincipal }: IGrantable, resource: string, reason: string): void {
  if (!Construct.isConstruct(grantPrincipal)) return;
  const text = flat(Stack.of(grantPrincipal).resolve(resource));
  Validations.of(grantPrincipal).acknowledge({ id: `AwsSolutions-IAM5[Resource::${text}]`, reason });
}

/** As cdk-nag writes references: `<Id>`, `<Id.Attribute>`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(flat).join('');
  return JSON.stringify(value);
}
