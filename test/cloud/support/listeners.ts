import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** The addresses that processes of a group listen on, as Linux writes them: `0100007F:1F90` is port 8080 of 127.0.0.1. */
export function listenersOf(group: number): string[] {
  const inodes = new Set(processesOf(group).flatMap(socketsOf));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING && inodes.has(fields[9] ?? ''))
      .map((fields) => fields[1] ?? ''),
  );
}

const processesOf = (group: number): string[] =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === group);

/** The fields of `stat` after the name, which may hold spaces, begin with the state, the parent and the group. */
function groupOf(pid: string): number | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

const socketsOf = (pid: string): string[] =>
  (attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []).flatMap((fd) => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(target)?.slice(1) ?? [];
  });

/** What a process that has just ended still gave. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
