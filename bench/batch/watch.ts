import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../cache.ts';

/** How often memory is looked at, ms. */
const SAMPLE_MS = 100;

export interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

export interface Watched {
  /** From the start to the end. */
  readonly seconds: number;
  /** The most that the process and all below it had in memory at once, bytes. */
  readonly peak: number;
  readonly stdout: string;
}

/** Runs a program to its end. Rejects with its last words where it fails. `name` names its log file. */
export async function watch(name: string, { program, args, cwd = CACHE }: Program): Promise<Watched> {
  const logs = join(CACHE, 'bench-logs');
  mkdirSync(logs, { recursive: true });
  const [out, err] = ['out', 'err'].map((kind) => join(logs, `batch-${name}.${kind}`)) as [string, string];
  const files = [out, err].map((path) => openSync(path, 'w'));
  const begin = performance.now();
  const child = spawn(program, args, { cwd, stdio: ['ignore', ...files] });
  files.forEach((file) => closeSync(file));
  let peak = 0;
  const sampling = setInterval(() => (peak = Math.max(peak, memoryOf(child.pid))), SAMPLE_MS);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = (performance.now() - begin) / 1000;
  clearInterval(sampling);
  const stdout = readFileSync(out, 'utf8');
  if (code === 0) return { seconds, peak, stdout };
  const words = `${stdout.slice(-1000)}${readFileSync(err, 'utf8').slice(-2000)}`;
  throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${words}`);
}

/** The process and its descendants; none for one that has ended meanwhile. */
export function treeOf(pid: number | undefined): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ').filter(Boolean).map(Number) ?? [];
  return pid === undefined ? [] : [pid, ...children.flatMap((child) => treeOf(child))];
}

/** Resident bytes of all of a tree; pages that its processes share count once. */
export const memoryOf = (root: number | undefined): number =>
  treeOf(root).reduce((sum, pid) => {
    const kilobytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
