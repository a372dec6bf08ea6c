import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished, vi } from 'vitest';
import { main } from '../../bin/cli/main.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = join(root, 'bin/onnward.ts');

/** A file of the repository, absolute. */
export const inRepository = (path: string): string => join(root, path);

/** Where commands run that need no folder of their own: one without a configuration or a registry. */
const elsewhere = temporaryFolder();
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After so long it is killed, ms. @default 25000 */
  readonly limitMs?: number;
}

/** The command line as users start it, in a process of its own. */
function launch(args: readonly string[], { cwd, env }: RunOptions): ChildProcessWithoutNullStreams {
  const inherited = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ONNWARD_STORE: undefined };
  return spawn(process.execPath, [SCRIPT, ...args], { cwd: cwd ?? elsewhere, env: { ...inherited, ...env } });
}

/** Runs one command to its end; killed after 25 s, which next to no command needs. */
export async function onnward(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = launch(args, options);
  const overdue = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 25_000);
  child.stdin.on('error', () => undefined); // it may not read what it refuses
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  clearTimeout(overdue);
  return { code, stdout, stderr };
}

/** What `work` writes, and the code that it comes to. */
export async function captured(work: () => Promise<number>): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      written[stream] += String(chunk);
      return true;
    }),
  );
  const code = await work().finally(() => spies.forEach((spy) => spy.mockRestore()));
  return { code, ...written };
}

/** A command line within this process, for the many of which it takes no process to see what they do. */
export const inProcess = (args: readonly string[]): Promise<Ended> => captured(() => main(args));

/** A `dev` or `serve` that is ready. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  /** What stdout held when it said that it is ready. */
  readonly greeting: string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts a command that listens, on a free port, and waits for its greeting. Ends with the test, whatever happens. */
export async function listening(args: readonly string[], options: RunOptions = {}): Promise<Running> {
  const child = launch([...args, '--port', '0'], options);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0];
      if (found !== undefined && /Ctrl-C ends it|\n\}\n$/.test(stdout)) resolve(found);
    });
    void ended.then(({ code }) => reject(new Error(`it ended with ${code} before it was ready: ${stderr}`)));
  });
  return { url, pid: child.pid!, greeting: stdout, kill: (signal) => void child.kill(signal), ended };
}

/** A new folder of this file's or test's own. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'onnward-cli-'));
}

/** The same, gone when the test is. */
export function testFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
