import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { LocalJobs } from '#adapters/local/training/local-jobs.ts';
import { openStore } from '#adapters/stores.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { trialId } from '#core/training/keys.ts';
import type { TuningOptions } from '#core/training/options.ts';
import { readTable, type Trial } from '#core/training/tuning/table.ts';
import { root } from '../../repository/sources.ts';

const PROGRAM = join(root, 'bin/onnward.ts');

/** Virtual environments of all tests of a file: they take seconds to make. */
const cache = mkdtempSync(join(realpathSync(tmpdir()), 'onnward-tune-cache-'));
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));

export interface Finished {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** A folder with a configuration that tunes wine with a trainer in plain Python; it goes when the test has ended. */
export class Laptop {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly registry: Registry;

  private constructor(folder: string, store: ObjectStore) {
    this.folder = folder;
    this.store = store;
    this.registry = new Registry(store, { clock: Date.now, actor: 'test' });
  }

  /** `hyperparameters` are those of every trial, over the usual ones. */
  static async open(tuning: Partial<TuningOptions>, hyperparameters: object = {}): Promise<Laptop> {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'onnward-tune-'));
    const laptop = new Laptop(folder, await openStore(`file:${join(folder, '.onnward')}`));
    onTestFinished(() => laptop.#close());
    laptop.configure(tuning, hyperparameters);
    return laptop;
  }

  configure(tuning: Partial<TuningOptions>, hyperparameters: object = {}): void {
    const training = {
      source: join(root, 'test/training-tune/trainer'),
      channels: { training: join(root, 'trainers/data/wine/train.csv') },
      hyperparameters: { epochs: 20, rate: 0.1, l2: 0, ...hyperparameters },
      metrics: ['loss', 'accuracy'].map((name) => ({
        name: `validation:${name}`,
        regex: `validation:${name}=([0-9.]+)`,
      })),
      checkpointEvery: 1,
      tuning: {
        parameters: {
          rate: { from: 0.001, to: 5, scale: 'log' },
          l2: { from: 0.0001, to: 1, scale: 'log' },
        },
        objective: { metric: 'validation:loss', goal: 'minimize' },
        seed: 1,
        earlyStopping: false,
        ...tuning,
      },
    };
    const config = JSON.stringify({ models: { wine: { training } } }, undefined, 2);
    writeFileSync(join(this.folder, 'onnward.config.ts'), `export default ${config};\n`);
  }

  /** Starts a command in a process group of its own; killed after `seconds`, which it must not need. */
  start(args: readonly string[], seconds = 180): Started {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      ONNWARD_STORE: undefined,
      XDG_CACHE_HOME: cache,
    };
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const overdue = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const finished = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => {
      clearTimeout(overdue);
      return { code, stdout, stderr };
    });
    return { process: child, finished };
  }

  run(args: readonly string[]): Promise<Finished> {
    return this.start(args).finished;
  }

  table(tuning = 'wine-t1'): Promise<Trial[]> {
    return readTable(this.store, tuning);
  }

  /** The path of an object in the store. */
  object(key: string): string {
    return join(this.folder, '.onnward', key);
  }

  /** Waits until an object is in the store. */
  async there(key: string, { process: command, finished }: Started): Promise<void> {
    while (!existsSync(this.object(key)) && command.exitCode === null) await sleep(20);
    if (!existsSync(this.object(key))) throw new Error((await finished).stderr);
  }

  /** Whether the trainer of a trial runs. */
  async isRunning(trial: number, tuning = 'wine-t1'): Promise<boolean> {
    return (await this.#jobs().status(trialId(tuning, trial)))?.state === 'running';
  }

  #jobs(): LocalJobs {
    return new LocalJobs({ store: this.store, folder: this.folder, cacheFolder: join(cache, 'onnward') });
  }

  async #close(): Promise<void> {
    for await (const training of this.store.folders('training/'))
      await this.#jobs().stop(training, 'the test has ended');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
