import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Tells which process of which machine drives a job, and when it began: its number alone is given to another process
 * once it is gone, after a reboot or in a new container to the first one that comes, and the job would seem to be driven for ever.
 */
export function executionName(): string {
  const began = beganAt(process.pid);
  return `${hostname()}.${process.pid}${began === undefined ? '' : `-${began}`}.${randomUUID()}`;
}

const LOCAL = /^(.+)\.(\d+)(?:-(\d+))?\.[0-9a-f-]{36}$/;

/** Whether an execution is one of a machine such as this, and none of Step Functions. */
export const isLocal = (execution: string): boolean => LOCAL.test(execution);

/**
 * Whether an execution is one of this machine, and of a process that is still there, or is not; undefined of all others.
 * What this process has begun before has ended: it drives one job at a time, and asks before it begins one.
 */
export function isAlive(execution: string): boolean | undefined {
  const [, host, number, began] = LOCAL.exec(execution) ?? [];
  if (host !== hostname()) return undefined;
  const pid = Number(number);
  if (pid === process.pid || !isThere(pid)) return false;
  return began === undefined || beganAt(pid) === undefined || beganAt(pid) === began;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Clock ticks from the start of the machine to that of a process; undefined where it is gone, or the system does not tell. */
function beganAt(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses, which may hold both; the time is the 22nd.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
