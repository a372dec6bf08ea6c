import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import type { BatchManifest } from '#core/batch/plan.ts';
import { memoryOf } from '../../../bench/batch/watch.ts';
import { root } from '../../repository/sources.ts';

const PROGRAM = join(root, 'bin/onnward.ts');
const SAMPLE_MS = 50;

export interface Finished {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Most resident bytes of the command and its workers. */
  readonly peak: number;
  readonly seconds: number;
}

/** A command that is under way. */
export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** A folder with a registry, where real commands run with real worker processes. */
export class Laptop {
  readonly folder = mkdtempSync(join(tmpdir(), 'onnward-batch-'));
  readonly #store = join(this.folder, '.onnward');

  /** With the model registered, live. */
  static async with(model: string, path: string): Promise<Laptop> {
    const laptop = new Laptop();
    const { code, stderr } = await laptop.run(['register', model, join(root, path), '--alias', 'live']);
    if (code !== 0) throw new Error(stderr);
    return laptop;
  }

  /** Starts a command; killed after `seconds`, which it must not need. */
  start(args: readonly string[], seconds = 120): Started {
    const begin = performance.now();
    const env = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ONNWARD_STORE: undefined };
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let peak = 0;
    const sampling = setInterval(() => (peak = Math.max(peak, memoryOf(child.pid))), SAMPLE_MS);
    const overdue = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const finished = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => {
      clearInterval(sampling);
      clearTimeout(overdue);
      return { code, stdout, stderr, peak, seconds: (performance.now() - begin) / 1000 };
    });
    return { process: child, finished };
  }

  run(args: readonly string[], seconds?: number): Promise<Finished> {
    return this.start(args, seconds).finished;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What jobs have left: the manifest of the only one, or undefined. */
  manifest(): BatchManifest | undefined {
    const [path] = globSync(join(this.#store, 'batch/jobs/*/manifest.json'));
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as BatchManifest);
  }

  /** The only job's id, once it is planned. */
  job(): string | undefined {
    return globSync('*', { cwd: join(this.#store, 'batch/jobs') })[0];
  }

  receipts(): number {
    return globSync(join(this.#store, 'batch/jobs/*/receipts/*.json')).length;
  }

  /** The path of an object in the store. */
  object(key: string): string {
    return join(this.#store, key);
  }

  /** Forgets all jobs, as if none had been. */
  forget(): void {
    rmSync(join(this.#store, 'batch'), { recursive: true, force: true });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const makeFolder = (path: string): string => {
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  return path;
};

/** Lower-case hex of a file's SHA-256. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
