import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stageInference } from '#packaging/inference.ts';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/free-port.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** What an image has at /var/task, with these models baked in or none. */
export const taskFolder = (baked?: string): string =>
  join(stageInference({ architecture, packaging: 'image', ...(baked !== undefined && { baked }) }).folder, 'task');

/** What a container does with `serve`, without the container: the packaged code in a process of its own. */
export class ServeProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #output = '';
  readonly #ended: Promise<number | string>;

  private constructor(env: Readonly<Record<string, string>>, folder: string) {
    this.url = `http://127.0.0.1:${env['SAGEMAKER_BIND_TO_PORT'] ?? env['PORT']}`;
    const environment = { PATH: process.env['PATH'], ONNWARD_MODEL_FOLDER: '/nonexistent', ...env };
    this.#child = spawn(process.execPath, [join(folder, 'serve.mjs')], { env: environment });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => (this.#output += String(chunk)));
    }
    this.#ended = once(this.#child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** It is killed when the test ends, if it has not ended itself. */
  static async start(env: Readonly<Record<string, string>>, folder = taskFolder()): Promise<ServeProcess> {
    const port = String(await freePort());
    const process = new ServeProcess({ PORT: port, ...env }, folder);
    onTestFinished(async () => {
      process.#child.kill('SIGKILL');
      await process.#ended;
    });
    return process;
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output;
  }

  /** The status of /ping once it is `wanted`, or what it was at last. */
  async ping(wanted = 200): Promise<number | undefined> {
    let status: number | undefined;
    for (let attempt = 0; attempt < 400; attempt++) {
      const response = await fetch(`${this.url}/ping`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      await response?.arrayBuffer();
      status = response?.status ?? status;
      if (status === wanted || this.#child.exitCode !== null) return status;
      await sleep(25);
    }
    return status;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit code, or the signal that ended it. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }
}
