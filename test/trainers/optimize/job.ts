/** A trainer of this repository, run as a job's container is: folders below one base, text as hyperparameters, a process. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { newFolder } from '../../support/folders.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The folder of a trainer's virtual environment. */
export const environmentOf = (trainer: string): string =>
  join(process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache/onnward'), 'trainers', trainer);

/** Its Python. Throws where it is not installed. */
export function pythonOf(trainer: string): string {
  const python = join(environmentOf(trainer), 'bin/python');
  if (!existsSync(python)) throw new Error(`${python} is missing; run test/trainers/${trainer}/install.sh`);
  return python;
}

export interface Ended {
  /** Of the process. @default - a signal has ended it */
  readonly code?: number;
  readonly output: string;
}

export class Job {
  readonly base = newFolder();
  readonly trainer: string;

  constructor(trainer: string) {
    this.trainer = trainer;
    this.channel('none');
  }

  /** Puts files into a channel: copies, or text by its name. */
  channel(name: string, ...files: readonly (string | { readonly name: string; readonly text: string })[]): this {
    const folder = join(this.base, 'input/data', name);
    mkdirSync(folder, { recursive: true });
    for (const file of files) {
      if (typeof file === 'string') copyFileSync(file, join(folder, basename(file)));
      else writeFileSync(join(folder, file.name), file.text);
    }
    return this;
  }

  hyperparameters(values: Readonly<Record<string, string>>): this {
    return this.config('hyperparameters.json', JSON.stringify(values));
  }

  /** A file of `/opt/ml/input/config`. */
  config(name: string, text: string): this {
    mkdirSync(join(this.base, 'input/config'), { recursive: true });
    writeFileSync(join(this.base, 'input/config', name), text);
    return this;
  }

  run(env: NodeJS.ProcessEnv = {}): Ended {
    const { status, stdout, stderr } = spawnSync(pythonOf(this.trainer), this.#command, {
      env: this.#environment(env),
      encoding: 'utf8',
      timeout: 280_000,
    });
    return { ...(status !== null && { code: status }), output: `${stdout}${stderr}` };
  }

  /** Its output is given back as it comes, so that it can be stopped in the middle. */
  start(env: NodeJS.ProcessEnv = {}) {
    return spawn(pythonOf(this.trainer), this.#command, {
      env: this.#environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  get #command(): string[] {
    return [join(ROOT, 'trainers', this.trainer, 'train.py'), 'train'];
  }

  #environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...process.env, PYTHONDONTWRITEBYTECODE: '1', SAGEMAKER_BASE_DIR: this.base, ...env };
  }

  /** Path of something in its model folder. */
  model(path: string): string {
    return join(this.base, 'model', path);
  }

  /** Text of a file in its model folder. */
  text(path: string): string {
    return readFileSync(this.model(path), 'utf8');
  }

  /** What `/opt/ml/output/failure` says. */
  get failure(): string | undefined {
    const path = join(this.base, 'output/failure');
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }
}
