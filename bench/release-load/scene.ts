import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../cache.ts';
import { inferenceRequest } from '../../test/release-load/client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'bin/onnward.ts');
const DIGITS = join(ROOT, 'examples/digits');
const MODEL = 'digits';

/** A version against itself: it passes, so that the release goes through all of its states. */
const CONFIG = {
  models: {
    [MODEL]: {
      evaluation: { data: join(DIGITS, 'heldout.csv'), label: 'digit' },
      gates: [
        { gate: 'atLeast', metric: 'accuracy', value: 0.9 },
        { gate: 'nonInferior', metric: 'accuracy', margin: 0.05 },
      ],
      // The version is judged by what it is, which is the same; how busy the machine is shall end no round.
      judge: { latencyRatio: 100 },
      canary: [
        { weight: 20, bake: '3s' },
        { weight: 50, bake: '3s' },
      ],
    },
  },
};

/** How a release ended, and between which times, by `performance.now()`. */
export interface Released {
  readonly began: number;
  readonly ended: number;
  readonly code: number | null;
  readonly output: string;
}

/** A registry in a new folder, where digits:1 is live and digits:2 waits to be released, and its development server. */
export class Scene {
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly url: string;
  /** One row of the held-out data. */
  readonly body: string;
  readonly request: Buffer;

  private constructor(folder: string, server: ChildProcess, url: string) {
    this.#folder = folder;
    this.#server = server;
    this.url = url;
    this.body = JSON.stringify({
      inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 8, 8], data: firstRow() }],
    });
    this.request = inferenceRequest(MODEL, this.body);
  }

  static async open(): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'onnward-release-load-'));
    writeFileSync(join(folder, 'onnward.config.ts'), `export default ${JSON.stringify(CONFIG)};\n`);
    const store = ['--store', `file:${join(folder, '.onnward')}`];
    await command(process.execPath, [PROGRAM, 'register', MODEL, DIGITS_MODEL, '--alias', 'live', ...store]);
    await command(process.execPath, [PROGRAM, 'register', MODEL, DIGITS_MODEL, ...store]);
    const server = launch(folder, ['dev', '--port', '0', '--json']);
    return new Scene(folder, server, await greeted(server));
  }

  get inferUrl(): string {
    return `${this.url}/v2/models/${MODEL}/infer`;
  }

  /** The whole release of digits:2; parts of the evaluation one after the other. */
  async release(): Promise<Released> {
    const began = performance.now();
    const child = launch(this.#folder, ['release', `${MODEL}:2`, '--bake', '3s', '--concurrency', '1']);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { began, ended: performance.now(), code, output };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#server.once('close', resolve));
    this.#server.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const DIGITS_MODEL = join(DIGITS, 'model.onnx');

const firstRow = (): number[] => {
  const [, row = ''] = readFileSync(join(DIGITS, 'heldout.csv'), 'utf8').split('\n');
  return row.split(',').slice(0, 64).map(Number);
};

const launch = (cwd: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ONNWARD_STORE: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** The URL that a server says once it is ready. */
function greeted(server: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    server.once('close', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const url = /"url": "([^"]+)"[\s\S]*\n\}\n$/.exec(said)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
}
