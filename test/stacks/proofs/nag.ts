import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Something that a rule says of a resource. */
export interface Finding {
  readonly rule: string;
  /** Of the construct. */
  readonly path: string;
}

export interface Acknowledgement extends Finding {
  readonly reason: string;
}

/** What cdk-nag's pack AwsSolutions finds below `scope`, and nobody has acknowledged. */
export const findings = (scope: IConstruct): Finding[] => found(new AwsSolutionsChecks(scope), scope);

/** What it would find if nothing were acknowledged. */
function allFindings(scope: IConstruct): Finding[] {
  const deaf = { isAcknowledged: () => false };
  return found(Object.assign(new AwsSolutionsChecks(scope), deaf), scope);
}

const found = (checks: AwsSolutionsChecks, scope: IConstruct): Finding[] =>
  checks
    .validateScope(scope)
    .violations.flatMap(({ ruleName: rule, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule, path: constructPath ?? '' })),
    );

/** Every acknowledgement below `scope`, of cdk-nag's rules. */
export const acknowledgements = (scope: IConstruct): Acknowledgement[] =>
  scope.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ rule: id.replace(/^Annotation::/, ''), path: node.path, reason }))
      .filter(({ rule }) => rule.startsWith('AwsSolutions-')),
  );

/** Those that acknowledge nothing: what they were for is gone, and they would hide it when it comes back. */
export function unused(scope: IConstruct): Acknowledgement[] {
  const all = allFindings(scope);
  return acknowledgements(scope).filter(
    ({ rule, path }) => !all.some((finding) => finding.rule === rule && `${finding.path}/`.startsWith(`${path}/`)),
  );
}
