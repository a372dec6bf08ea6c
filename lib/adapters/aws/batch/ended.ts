import type { AttemptDetail, JobDetail } from '@aws-sdk/client-batch';
import { exitInWords } from '#core/training/contract/exit-code.ts';

/** What a container has come to. */
interface Ended {
  readonly name?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

/** What AWS Batch says where a machine was taken, or replaced. Source: its user guide, "Automated job retries". */
const HOST_LOST = /^Host EC2/;
const GIVEN_UP = /^Canceled by JobStateTimeLimit action due to reason: (.*)$/;
const TIMED_OUT = /attempt duration exceeded timeout/i;

/** The exit code of an agent that was told to stop and by nobody of ours. */
const INTERRUPTED = 143;

/** Whether a failed job's machines went away, as often as it is begun again, and it would go on elsewhere. */
export function isLost({ statusReason = '', isTerminated, ...job }: JobDetail): boolean {
  if (isTerminated) return false;
  return (
    HOST_LOST.test(statusReason) ||
    containersOf(job).some(({ name, exitCode }) => name === 'agent' && exitCode === INTERRUPTED)
  );
}

/** How a failed job ended, for people: what became of it, and of each container that did not end well. `nodes` are those of one of several. */
export function howItEnded(job: JobDetail, nodes: readonly JobDetail[] = []): string {
  const { statusReason = '' } = job;
  const [, givenUp] = GIVEN_UP.exec(statusReason) ?? [];
  if (givenUp !== undefined) return `It waited for a machine until it was given up: ${givenUp}.`;
  if (TIMED_OUT.test(statusReason)) return `It ran for longer than its time limit or budget lets it (${statusReason}).`;
  const containers = [job, ...nodes].flatMap(containersOf).flatMap(wordsOf);
  return [statusReason.replace(/\.?$/, '.'), ...new Set(containers)].filter((text) => text !== '.').join(' ');
}

/** Of the job as it stands, else of its last attempt. */
function containersOf({
  ecsProperties,
  attempts = [],
}: Pick<JobDetail, 'ecsProperties' | 'attempts'>): readonly Ended[] {
  const now = ecsProperties?.taskProperties?.flatMap(({ containers = [] }) => containers) ?? [];
  if (now.some(({ exitCode, reason }) => exitCode !== undefined || reason !== undefined)) return now;
  const last: AttemptDetail | undefined = attempts.at(-1);
  return last?.taskProperties?.flatMap(({ containers = [] }) => containers) ?? [];
}

function wordsOf({ name = 'a container', exitCode, reason }: Ended): string[] {
  if (reason !== undefined && reason !== '') return [`${name}: ${reason.replace(/\.?$/, '.')}`];
  if (exitCode === undefined || exitCode === 0) return [];
  return [`${name}: ${exitInWords(exitCode)}.`];
}
