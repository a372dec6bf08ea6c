import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, OnnwardError } from '#core/errors.ts';
import { isAbsent } from '../folder-errors.ts';
import { FolderLock } from '../folder-lock.ts';
import { LeashedProcess } from './leashed-process.ts';
import { OutputLines } from './output-lines.ts';
import { findPython } from './python.ts';
import { readRequirements, REQUIREMENTS, type Requirements } from './requirements.ts';

export interface EnvironmentOptions {
  /** The folder of the trainer's source. */
  readonly source: string;
  /** Where all virtual environments lie. */
  readonly folder: string;
  /** A line for whoever waits. */
  readonly say: (line: string) => Promise<void>;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Names the environment that is whole: its programs know their own path, so it cannot be moved into its place. */
const MADE = 'made';
/** What nobody has used for so long goes, ms: gigabytes, with some packages. */
const UNUSED_MS = 30 * 86_400_000;
const TOLD = /^\s*(Collecting|Downloading|Building|Installing collected)/;
const LAST_LINES = 5;

/**
 * The folder of a virtual environment with what the source requires: made once for all trainings that require the same,
 * however many want it now. Throws `training.no_python`, `training.packages`, and what the file system says.
 */
export async function virtualEnvironment(options: EnvironmentOptions): Promise<string> {
  const { source, folder } = options;
  const python = await findPython(source);
  const requirements = await readRequirements(source);
  const key = createHash('sha256').update(`${python.identity}\n${requirements.text}`).digest('hex').slice(0, 16);
  const place = join(folder, key);
  await mkdir(place, { recursive: true });
  const make = () => makeIn(place, python.path, requirements, options);
  return (await madeIn(place)) ?? whenFree(place, options, async () => (await madeIn(place)) ?? make());
}

/** Undefined where it is not whole, or its Python has gone since. */
async function madeIn(place: string): Promise<string | undefined> {
  const made = join(place, MADE);
  try {
    const environment = join(place, await readFile(made, 'utf8'));
    await access(join(environment, 'bin', 'python'));
    await utimes(made, new Date(), new Date());
    return environment;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** One process makes it, and the others wait, for as long as it takes; where that one dies, the next one begins. */
async function whenFree<T>(place: string, { say, signal }: EnvironmentOptions, work: () => Promise<T>): Promise<T> {
  const lock = new FolderLock(place);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lock.run(work);
    } catch (error) {
      if (!(error instanceof OnnwardError && error.code === 'store.busy')) throw error;
      await say("Waiting for another training that installs the trainer's packages.");
    }
  }
}

async function makeIn(
  place: string,
  python: string,
  { packages }: Requirements,
  { source, folder, say, signal }: EnvironmentOptions,
): Promise<string> {
  await sweep(folder);
  await removeOthers(place);
  const name = randomUUID();
  const environment = join(place, name);
  const run = (command: string, args: readonly string[]) => runTool(command, args, { cwd: source, say, signal });
  await run(python, ['-m', 'venv', environment]);
  if (packages.length > 0) {
    const started = performance.now();
    await say(`Installing the trainer's packages, once: ${packages.join(', ')}`);
    const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
    await run(join(environment, 'bin', 'python'), [...install, '--requirement', join(source, REQUIREMENTS)]);
    await say(`Installed them in ${Math.round((performance.now() - started) / 1000)} s.`);
  }
  const draft = join(place, `${MADE}.${name}`);
  await writeFile(draft, name);
  await rename(draft, join(place, MADE));
  return environment;
}

interface ToolOptions extends Pick<EnvironmentOptions, 'say' | 'signal'> {
  readonly cwd: string;
}

/** Throws its last lines where it fails. */
async function runTool(command: string, args: readonly string[], { cwd, say, signal }: ToolOptions): Promise<void> {
  signal.throwIfAborted();
  const { PYTHONHOME: _, ...env } = process.env;
  // Some people have pip install for the user by default, which it refuses in a virtual environment.
  const tool = new LeashedProcess({ command, args, cwd, env: { ...env, PIP_USER: '0' } });
  const end = (): void => tool.kill();
  signal.addEventListener('abort', end, { once: true });
  const last: string[] = [];
  const hear = async (lines: readonly string[]): Promise<void> => {
    for (const line of lines) {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      if (TOLD.test(line)) await say(line.trim());
    }
  };
  const lines = new OutputLines();
  for await (const chunk of tool.output) await hear(lines.push(chunk));
  await hear(lines.end());
  const code = await tool.ended;
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (code !== 0) throw notInstalled(code, last);
}

/** What processes have begun that died. */
async function removeOthers(place: string): Promise<void> {
  for (const entry of await readdir(place, { withFileTypes: true })) {
    if (entry.isDirectory()) await rm(join(place, entry.name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const made = await stat(join(folder, name, MADE)).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > UNUSED_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

const notInstalled = (code: number, last: readonly string[]): OnnwardError =>
  invalid(
    'training.packages',
    `The trainer's packages could not be installed (exit code ${code}):\n${last.join('\n')}`,
    {
      fix: `Correct ${REQUIREMENTS} in the trainer's folder, or look at the network.`,
      fields: { code },
    },
  );
