import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openStore } from '#adapters/stores.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { Registry } from '#core/registry/registry.ts';
import { root } from '../../repository/sources.ts';

const PROGRAM = join(root, 'bin/onnward.ts');
const FIXTURES = join(root, 'test/fixtures/release');

/** A model of test/fixtures/release; make.py there says what each does. */
export type Digits = 'champion' | 'better' | 'equal' | 'worse' | 'slow' | 'failing' | 'wrong';

export interface Finished {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A command that is under way. */
export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Held-out rows, and gates that `better` and `equal` pass and `worse` does not. */
export const OPTIONS = {
  evaluation: { data: 'heldout.csv', label: 'digit', drop: ['half'] },
  gates: [
    { gate: 'atLeast', metric: 'accuracy', value: 0.85 },
    { gate: 'nonInferior', metric: 'accuracy', margin: 0.03 },
  ],
} as const satisfies ReleaseOptions;

/** A folder with a configuration and a registry, where commands run as a person runs them, in processes of their own. */
export class Laptop {
  readonly folder: string;

  constructor(folder = mkdtempSync(join(tmpdir(), 'onnward-release-'))) {
    this.folder = folder;
  }

  /** With these as versions 1, 2, … of `digits`, of which the first is live. `model` is its entry in the configuration. */
  static async with(models: readonly Digits[], model: object): Promise<Laptop> {
    const laptop = new Laptop();
    cpSync(join(FIXTURES, 'heldout.csv'), join(laptop.folder, 'heldout.csv'));
    laptop.configure(model);
    for (const [index, name] of models.entries()) {
      const live = index === 0 ? ['--alias', 'live'] : [];
      const { code, stderr } = await laptop.run(['register', 'digits', join(FIXTURES, `${name}.onnx`), ...live]);
      if (code !== 0) throw new Error(stderr);
    }
    return laptop;
  }

  configure(model: object): void {
    const config = `export default ${JSON.stringify({ models: { digits: model } }, undefined, 2)};\n`;
    writeFileSync(join(this.folder, 'onnward.config.ts'), config);
  }

  /** The same again, in a folder of its own. */
  copy(): Laptop {
    const copy = new Laptop();
    cpSync(this.folder, copy.folder, { recursive: true });
    return copy;
  }

  /** Starts a command in a process group of its own; killed after `seconds`, which it must not need. */
  start(args: readonly string[], seconds = 120): Started {
    const begin = performance.now();
    const env = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ONNWARD_STORE: undefined };
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
      return { code, stdout, stderr, ms: performance.now() - begin };
    });
    return { process: child, finished };
  }

  run(args: readonly string[], seconds?: number): Promise<Finished> {
    return this.start(args, seconds).finished;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The path of an object in the store. */
  object(key: string): string {
    return join(this.folder, '.onnward', key);
  }

  async open() {
    const store = await openStore(`file:${join(this.folder, '.onnward')}`);
    return { store, registry: new Registry(store, { clock: Date.now, actor: 'test' }) };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
