import type { EnvironmentFacts, QueueFacts } from './batch.ts';

/** A job that no machine has come for. */
export interface WaitingJob {
  /** What AWS Batch says of it, if anything. */
  readonly statusReason: string;
  /** Milliseconds since it was submitted. */
  readonly age: number;
}

/** As long as a machine takes to start, pull nothing yet, and join: nobody says anything until then. */
const USUAL_MS = 10 * 60_000;

/** Source: the AWS Batch user guide, "Jobs stuck in a RUNNABLE status". */
const REASONS: readonly [prefix: string, words: string][] = [
  [
    'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    'AWS has no such machines to spare just now. It begins once there are, and is given up after a day: more `instanceTypes` of the stage make it likelier.',
  ],
  [
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    'Its machines would have more vCPUs than the queue may have: raise `maxCpus` of the stage and deploy, or ask for less.',
  ],
  [
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    'It asks for more than any machine of the queue has: ask for less, or name larger `instanceTypes` of the stage and deploy.',
  ],
  [
    'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS',
    'AWS Batch is not let start machines: look at the role AWSServiceRoleForBatch and at the policies of the organisation.',
  ],
];

const QUOTA = /limit|quota|exceeded|VcpuLimit|MaxSpotInstanceCount/i;

/** Why a job waits, for people, with what to do. */
export function whyItWaits({ statusReason, age }: WaitingJob, queue: QueueFacts | undefined): string {
  const unfit = queue ? unfitOf(queue) : 'Its queue is gone: deploy the stage again.';
  if (unfit !== undefined) return unfit;
  const known = REASONS.find(([prefix]) => statusReason.startsWith(prefix));
  if (known) return `${known[1]} (${statusReason})`;
  if (statusReason !== '') return withQuota(`AWS Batch says: ${statusReason}`, queue);
  if (age < USUAL_MS) return 'A machine is being started for it, which takes some minutes.';
  const minutes = Math.round(age / 60_000);
  return `No machine has come for it in ${minutes} minutes, and AWS Batch does not say why: others may be before it, or ${quotaHint(queue)}`;
}

/** What is the matter with the queue or with what is behind it, first things first. */
export function unfitOf(queue: QueueFacts): string | undefined {
  if (queue.state === 'DISABLED') return `The queue ${queue.name} is disabled: enable it, or deploy the stage again.`;
  if (queue.status === 'INVALID') return `The queue ${queue.name} is invalid: ${queue.statusReason}`;
  const unfit = queue.environments.filter(isUnfit);
  // The next one is tried, as long as there is one.
  if (queue.environments.length > unfit.length) return undefined;
  const [first] = unfit;
  if (!first) return `The queue ${queue.name} has no environment: deploy the stage again.`;
  const what = first.state === 'DISABLED' ? 'is disabled' : `is ${first.status.toLowerCase()}: ${first.statusReason}`;
  return withQuota(`The environment ${first.name} ${what}`, queue);
}

const isUnfit = ({ state, status }: EnvironmentFacts): boolean => state === 'DISABLED' || status === 'INVALID';

const withQuota = (text: string, queue: QueueFacts | undefined): string =>
  QUOTA.test(text) ? `${text.replace(/[.\s]*$/, '')}. Most often ${quotaHint(queue)}` : text;

/** An account begins with next to nothing. Source: the EC2 user guide, "Amazon EC2 service quotas". */
function quotaHint(queue: QueueFacts | undefined): string {
  const types = queue?.environments.flatMap(({ instanceTypes }) => instanceTypes) ?? [];
  const family = types.some((type) => type.startsWith('p'))
    ? 'P'
    : types.some((type) => type.startsWith('g'))
      ? 'G and VT'
      : 'Standard';
  const all = family === 'Standard' ? 'Standard (A, C, D, H, I, M, R, T, Z)' : family;
  return `the account's quota of vCPUs is used up, or 0 as in new accounts: ask for more in Service Quotas, Amazon EC2, 'Running On-Demand ${all} instances' and 'All ${all} Spot Instance Requests'.`;
}
