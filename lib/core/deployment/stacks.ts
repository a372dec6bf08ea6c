/** A stack of CloudFormation, as it stands. */
export interface StackState {
  readonly name: string;
  /** CloudFormation's word: `CREATE_COMPLETE`, `UPDATE_IN_PROGRESS`, … */
  readonly status: string;
  /** Where CloudFormation gives one. */
  readonly reason?: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** When it was last made or changed: ISO 8601, UTC. */
  readonly changedAt: string;
}

/**
 * What to make of a stack before it is changed: `ready` for a change; `absent`, or left of a creation that failed, which
 * the CDK command line deletes first; `busy` with a change; `stuck` where only a person can go on.
 */
export type StackReadiness = 'ready' | 'absent' | 'busy' | 'stuck';

/** Source: the CloudFormation user guide, "Stack status codes". */
export function readinessOf(stack: StackState | undefined): StackReadiness {
  if (!stack) return 'absent';
  const { status } = stack;
  if (status.endsWith('_IN_PROGRESS')) return 'busy';
  if (['ROLLBACK_COMPLETE', 'DELETE_COMPLETE'].includes(status)) return 'absent';
  // UPDATE_FAILED and ROLLBACK_FAILED want a rollback first; DELETE_FAILED takes another deletion and no change.
  return status.endsWith('_FAILED') ? 'stuck' : 'ready';
}

const goOn = (command: string) => (name: string) => `run \`aws cloudformation ${command} --stack-name ${name}\``;
const deleteIt = (): string => 'run `onnward destroy`: it can only be deleted';

/** What gets a stack that is stuck out of it, by its status. */
const WAYS_OUT: Readonly<Record<string, (name: string) => string>> = {
  UPDATE_ROLLBACK_FAILED: goOn('continue-update-rollback'),
  UPDATE_FAILED: goOn('rollback-stack'),
  CREATE_FAILED: goOn('rollback-stack'),
  ROLLBACK_FAILED: deleteIt,
  DELETE_FAILED: deleteIt,
};

/**
 * The next step of a person with a stack that is stuck, once its reason is mended. Not by the CDK command line, which wants
 * an app. Source: the CloudFormation API reference, `ContinueUpdateRollback` and `RollbackStack`.
 */
export const wayOutOf = ({ name, status }: StackState): string =>
  WAYS_OUT[status]?.(name) ?? 'go on in the CloudFormation console';
