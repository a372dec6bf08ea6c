import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE } from './cache.ts';

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that was started here. */
export interface Running {
  /** Milliseconds from the spawn to the first good answer. */
  readonly readyMs: number;
  /** Resident memory of the process and all below it, bytes; pages that they share count once. */
  memory(): number;
  stop(): Promise<void>;
}

const POLL_MS = 5;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5000;

const running = new Set<number>();

/** Ends what is still running however this process ends; call once. */
export function cleanUpAtExit(): void {
  process.on('exit', () => running.forEach((pid) => killAll(treeOf(pid), 'SIGKILL')));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
}

/** Starts a server and waits until `probe` says that it answers. `name` names its log file. */
export async function start(name: string, launch: Launch, probe: () => Promise<boolean>): Promise<Running> {
  const logs = join(CACHE, 'bench-logs');
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `${name}.log`);
  const log = openSync(path, 'w');
  const begin = performance.now();
  const child = spawn(launch.program, launch.args, {
    cwd: logs,
    detached: true,
    env: { ...process.env, ...launch.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${launch.program} cannot be started`);
  running.add(pid);
  const over = (): boolean => child.exitCode !== null || performance.now() - begin > READY_LIMIT_MS;
  while (!(await probe())) {
    if (over()) {
      await stop(pid, ended);
      throw new Error(`${name} did not get ready\n${readFileSync(path, 'utf8').slice(-3000)}`);
    }
    await sleep(POLL_MS);
  }
  const readyMs = performance.now() - begin;
  return { readyMs, memory: () => memoryOf(treeOf(pid)), stop: () => stop(pid, ended) };
}

async function stop(pid: number, ended: Promise<void>): Promise<void> {
  // The tree is read first: a supervisor that dies leaves children that no longer lead back to it.
  const tree = treeOf(pid);
  killAll([pid], 'SIGTERM');
  await Promise.race([ended, sleep(STOP_LIMIT_MS)]);
  killAll(tree, 'SIGKILL');
  running.delete(pid);
}

function killAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
  }
}

/** The process and its descendants, also those in sessions of their own (BentoML's workers). */
function treeOf(root: number): number[] {
  const children = Map.groupBy(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
    parentOf,
  );
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i]) ?? []));
  return tree;
}

/** Fourth field of /proc/PID/stat, counted after the name, which may hold anything. */
function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function memoryOf(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0));
  return kilobytes.reduce((sum, size) => sum + size, 0) * 1024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
