import type { JobDetail } from '@aws-sdk/client-batch';
import type { JobStatus } from '#core/ports.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What the jobs of a training have had until now. The machine of an attempt is not looked up, which would take two more
 * services: it is counted as the dearest one of its queue on demand, so that a budget holds; spot costs less. Minutes in which
 * a machine starts and pulls images are not in it.
 */
export function spentOn(
  jobs: readonly JobDetail[],
  { now, dearest }: { readonly now: number; readonly dearest: number | undefined },
): Pick<JobStatus, 'attempts' | 'seconds' | 'dollars'> {
  const spans = jobs.flatMap((job) => spansOf(job, now));
  const machineSeconds = jobs.reduce(
    (sum, job) => sum + secondsOf(spansOf(job, now)) * (job.nodeProperties?.numNodes ?? 1),
    0,
  );
  return {
    attempts: spans.length,
    ...(spans.length > 0 && { seconds: secondsOf(spans) }),
    ...(dearest !== undefined && { dollars: (machineSeconds / 3600) * dearest }),
  };
}

const secondsOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + (to - from), 0) / 1000;

/** Of each attempt: those that have ended, and the one that runs. */
function spansOf({ attempts = [], startedAt, stoppedAt, status }: JobDetail, now: number): Span[] {
  const ended = attempts.flatMap(({ startedAt: from, stoppedAt: to }) =>
    from === undefined || to === undefined ? [] : [{ from, to }],
  );
  const isIncluded = startedAt === undefined || ended.some(({ from }) => from === startedAt);
  if (isIncluded || !startedAt) return ended;
  const runs = status === 'STARTING' || status === 'RUNNING';
  return [...ended, { from: startedAt, to: stoppedAt ?? (runs ? now : startedAt) }];
}
