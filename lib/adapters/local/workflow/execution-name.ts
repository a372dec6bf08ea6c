import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Tells which process of which machine drives a job, and when it began: its number alone is given to another process
 * once it is gone, after a reboot or in a new container to the first one that comes, and the job would seem to be driven for ever.
 */
export function executionName(): string {
  const began = statOf(process.pid)?.began;
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
  const stat = statOf(pid);
  // It has ended, and nobody has asked how: in a container without an init nobody ever does.
  if (stat?.state === 'Z') return false;
  return began === undefined || stat === undefined || stat.began === began;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A process's state, and clock ticks from the start of the machine to its own; undefined where it is gone, or the system does
 * not tell. Source: proc(5), "/proc/pid/stat".
 */
function statOf(pid: number): { readonly state: string | undefined; readonly began: string | undefined } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses, which may hold both; the state is the third, and the time the 22nd.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], began: fields[19] };
  } catch {
    return undefined;
  }
}
