import { isAlive } from '#adapters/local/workflow/execution-name.ts';
import type { JobStatus } from '#core/batch/jobs.ts';
import type { BatchPlace } from './batch-place.ts';

/** Whether an execution goes on. */
export interface Driving {
  /** @default - nobody can tell from here: it is of another machine */
  readonly isAlive?: boolean | undefined;
  /** How it ended, where it has, as the first half of a sentence. */
  readonly end?: string;
}

/** Of a process of this machine, and of no other. */
export function drivingHere(execution: string): Driving {
  const alive = isAlive(execution);
  return alive === false ? { isAlive: false, end: 'The process that scored it is gone' } : { isAlive: alive };
}

/** Whether somebody is at a job that is begun; undefined of all others. Throws `aws.*`. */
export async function drivingOf(place: BatchPlace, { state, drive }: JobStatus): Promise<Driving | undefined> {
  return (state === 'planned' || state === 'running') && drive ? place.driving(drive.execution) : undefined;
}
