import { spawn } from 'node:child_process';
import { REPOSITORY } from './programs.ts';

export interface ChildOptions {
  readonly env: Readonly<Record<string, string>>;
  /** @default - the repository */
  readonly cwd?: string;
  /** Milliseconds after which it is killed, and has failed. @default 120_000 */
  readonly timeout?: number;
}

export interface Outcome {
  /** 0 for success; null where it was killed. */
  readonly status: number | null;
  /** Standard output and error, as they came. */
  readonly output: string;
  readonly stdout: string;
}

/** Runs a program of ours with the Node that runs this, and says how it ended. Whatever it started ends with it. */
export async function attempt(args: readonly string[], options: ChildOptions): Promise<Outcome> {
  const { env, cwd = REPOSITORY, timeout = 120_000 } = options;
  // A group of its own: `cdk` starts the app as a child, which would outlive it.
  const child = spawn(process.execPath, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => ((output += chunk.toString()), (stdout += chunk.toString())));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => killGroup(child.pid), timeout);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  return { status, output, stdout };
}

/** The standard output of a program that is to succeed; throws with all that it said. */
export async function run(args: readonly string[], options: ChildOptions): Promise<string> {
  const { status, output, stdout } = await attempt(args, options);
  if (status === 0) return stdout;
  throw new Error(`${args.join(' ')}\nended with ${status ?? 'a signal (its time was up)'}:\n${output.slice(-6000)}`);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
