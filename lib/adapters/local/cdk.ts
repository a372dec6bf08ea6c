import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface CdkRun {
  /** What stands behind `cdk`: the command, its stacks and options. */
  readonly args: readonly string[];
  /** The program that makes the stacks: a file that Node runs. */
  readonly app: string;
  /** Where the program and the command run: the folder of the configuration. */
  readonly folder: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line that the command writes, as it comes. */
  readonly onLine: (line: string) => void;
}

export interface CdkEnded {
  /** The exit code; undefined where a signal ended it. */
  readonly code: number | undefined;
  /** The signal that we were sent and passed on. @default - none */
  readonly interrupted?: NodeJS.Signals;
  /** The end of what it wrote. */
  readonly lastLines: readonly string[];
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const KEPT_LINES = 40;
/** Windows has no groups of processes. */
const GROUPS = process.platform !== 'win32';

/**
 * Runs the CDK command line of this package, by this Node, as a child; it has no standard input to ask questions on.
 * Ctrl-C and SIGTERM are passed on, and then waited for: what CloudFormation has begun goes on whatever the child does.
 */
export async function runCdk({ args, app, folder, env, onLine }: CdkRun): Promise<CdkEnded> {
  const child = spawn(process.execPath, [commandLine(), ...args, '--app', `node "${app}"`], {
    cwd: folder,
    env: { ...nodeFirst(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: the app is a child of that child, and is to end with it.
    detached: GROUPS,
  });
  const lastLines: string[] = [];
  const keep = (line: string): void => {
    onLine(line);
    if (lastLines.push(line) > KEPT_LINES) lastLines.shift();
  };
  const read = [child.stdout, child.stderr].map((stream) => lines(stream, keep));
  const interruption = passOn(child);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    await Promise.all(read);
    const { signal } = interruption;
    return { code: code ?? undefined, lastLines, ...(signal && { interrupted: signal }) };
  } finally {
    interruption.end();
  }
}

const commandLine = (): string => createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');

/** The app is run by a shell: the first `node` that it finds is to be this one. */
function nodeFirst(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [name]: [dirname(process.execPath), env[name] ?? ''].join(delimiter) };
}

async function lines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface(stream)) if (line.trim() !== '') onLine(line);
}

/** Gives the child, and what it has started, every signal that we get. */
function passOn(child: ChildProcess): { readonly signal: NodeJS.Signals | undefined; end(): void } {
  let signal: NodeJS.Signals | undefined;
  const forward = (received: NodeJS.Signals): void => {
    signal = received;
    send(child, received);
  };
  for (const each of SIGNALS) process.on(each, forward);
  return {
    get signal() {
      return signal;
    },
    end: () => {
      for (const each of SIGNALS) process.off(each, forward);
    },
  };
}

function send({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(GROUPS ? -pid : pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
