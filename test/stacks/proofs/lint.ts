import type { Resources } from './template.ts';

/** What a linter says of a resource. */
export interface LintFinding {
  readonly rule: string;
  readonly message: string;
  /** `Type.LogicalId`, or empty where it speaks of the whole template. */
  readonly resource: string;
  /** `variant.stack.template.json`. */
  readonly template: string;
}

/** Why a finding stays. */
export interface Reason {
  readonly rule: string;
  readonly resource: RegExp;
  readonly template: RegExp;
  readonly reason: string;
}

export interface CfnLint {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Filename: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

export interface Checkov {
  readonly results: { readonly failed_checks: readonly CheckovCheck[] };
  readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
}

interface CheckovCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
}

const fileName = (path: string): string => path.replace(/^.*\//, '');

/** Of `cfn-lint --format json`. The templates say of which type a resource is. */
export const ofCfnLint = (found: readonly CfnLint[], resourcesOf: (template: string) => Resources): LintFinding[] =>
  found.map(({ Rule, Message, Filename, Location }) => {
    const template = fileName(Filename);
    const [, id = ''] = Location.Path ?? [];
    const type = resourcesOf(template)[id]?.Type;
    return { rule: Rule.Id, message: Message, resource: type ? `${type}.${id}` : '', template };
  });

/** Of `checkov --output json`. What it cannot read, it only counts. */
export function ofCheckov({ results, summary }: Checkov): LintFinding[] {
  const isRead = summary.parsing_errors === 0 && summary.resource_count > 0;
  const unread = {
    rule: 'parsing',
    message: `not all was read: ${JSON.stringify(summary)}`,
    resource: '',
    template: '',
  };
  return [
    ...(isRead ? [] : [unread]),
    ...results.failed_checks.map(({ check_id: rule, check_name: message, file_path: path, resource }) => ({
      rule,
      message,
      resource,
      template: fileName(path),
    })),
  ];
}

const explains = ({ rule, resource, template }: Reason, finding: LintFinding): boolean =>
  rule === finding.rule && resource.test(finding.resource) && template.test(finding.template);

/** A sentence for each finding without a reason, and for each reason without a finding. */
export const complaints = (found: readonly LintFinding[], reasons: readonly Reason[]): string[] => [
  ...found
    .filter((finding) => !reasons.some((reason) => explains(reason, finding)))
    .map(({ rule, message, resource, template }) => `${template}: ${rule} ${resource}: ${message}`),
  ...reasons
    .filter((reason) => !found.some((finding) => explains(reason, finding)))
    .map(({ rule, resource }) => `reasons.ts: ${rule} on ${String(resource)} is found nowhere: take the reason away`),
];
