import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';

/** What does not fit into a role's own policy, CDK attaches as further ones. Source: the quotas of IAM, "Managed policies attached to an IAM role". */
const MOST_ATTACHED = 10;

/** Refuses at synthesis what IAM would refuse while it deploys: a role of so many models that their keys do not fit. */
export function expectRoom(role: Role): void {
  role.node.addValidation({
    validate: () => {
      const attached = role.node.children.filter((child) => child instanceof ManagedPolicy).length;
      if (attached <= MOST_ATTACHED) return [];
      return [
        `What this role may do takes ${attached} policies, and IAM takes ${MOST_ATTACHED} of a role. Divide the models that are trained over several configurations, each with stages of its own name.`,
      ];
    },
  });
}
