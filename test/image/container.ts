import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { attempt, run } from './engine.ts';

export interface ContainerOptions {
  /** What stands behind the image's name. @default - nothing: Lambda's own start */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine by their path in the container, read-only. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** MB, of which none is swapped. @default 512 */
  readonly memory?: number;
  /** @default - the image's */
  readonly user?: string;
  /** Where the process listens. @default 8080 */
  readonly port?: number;
  /** 'host' reaches servers on this machine's loopback. @default 'bridge' */
  readonly network?: 'bridge' | 'host';
}

/** No container outlives this, whatever becomes of its test, seconds. */
const LIFETIME = '240';

/** As a careful host runs it: nothing can be written but /tmp, no capability, no way to get one. */
const HARDENED = [
  '--read-only',
  '--tmpfs=/tmp:rw,size=512m',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--pids-limit=256',
  '--http-proxy=false',
  `--timeout=${LIFETIME}`,
];

/** A running container of the image. */
export class Container {
  readonly name: string;
  readonly url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  /** It goes when the test ends; in a hook, when its caller removes it. */
  static async start(image: string, options: ContainerOptions = {}): Promise<Container> {
    const container = await Container.launch(image, options);
    onTestFinished(() => container.remove());
    return container;
  }

  /** The caller removes it. */
  static async launch(image: string, options: ContainerOptions = {}): Promise<Container> {
    const { args = [], env = {}, mounts = {}, memory = 512, user, port = 8080, network = 'bridge' } = options;
    const name = `onnward-${randomUUID()}`;
    const flags = [
      ...HARDENED,
      `--name=${name}`,
      `--memory=${memory}m`,
      `--memory-swap=${memory}m`,
      `--network=${network}`,
      ...(network === 'bridge' ? ['--publish', `127.0.0.1::${port}`] : []),
      ...(user === undefined ? [] : ['--user', user]),
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...Object.entries(mounts).flatMap(([path, folder]) => ['--volume', `${folder}:${path}:ro`]),
    ];
    await run('podman', 'run', '--detach', ...flags, image, ...args);
    const { stdout } = network === 'host' ? { stdout: '' } : await attempt('podman', 'port', name, `${port}`);
    return new Container(name, `http://${stdout.trim() || `127.0.0.1:${port}`}`);
  }

  /** A command in the container, as its user; what it prints. */
  exec(...command: string[]): Promise<string> {
    return run('podman', 'exec', this.name, ...command);
  }

  async logs(): Promise<string> {
    const { stdout, stderr } = await attempt('podman', 'logs', this.name);
    return stdout + stderr;
  }

  /** SIGTERM, and SIGKILL as long after it as SageMaker waits. Resolves with the exit code. */
  async stop(): Promise<number> {
    await run('podman', 'stop', '--time', '30', this.name);
    return this.ended();
  }

  /** The exit code, once there is one. */
  async ended(): Promise<number> {
    return Number(await run('podman', 'wait', this.name));
  }

  async remove(): Promise<void> {
    await run('podman', 'rm', '--force', '--time', '0', this.name);
  }

  /** Asks until the status is `wanted`, and gives the milliseconds of each answer; a connection may be refused at first. */
  async waitFor(path: string, wanted: number): Promise<number[]> {
    const times: number[] = [];
    let status: number | undefined;
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
      const started = performance.now();
      const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (!response) continue;
      await response.arrayBuffer();
      times.push(performance.now() - started);
      status = response.status;
      if (status === wanted) return times;
    }
    throw new Error(`${path} is ${status}, not ${wanted}, after 60 s:\n${await this.logs()}`);
  }
}

/** The function behind the emulator of Lambda's runtime interface, which takes one invocation at a time. */
export class EmulatedFunction {
  readonly container: Container;
  #last: Promise<unknown> = Promise.resolve();

  constructor(container: Container) {
    this.container = container;
  }

  /** The result of an invocation with `event`. */
  invoke(event: unknown): Promise<unknown> {
    const result = this.#last.then(() => this.#invoke(event));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #invoke(event: unknown): Promise<unknown> {
    const url = `${this.container.url}/2015-03-31/functions/function/invocations`;
    for (let attempt = 0; attempt < 100; attempt++) {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) }).catch(() => undefined);
      if (response) return response.json();
      await sleep(50);
    }
    throw new Error(`the emulator does not listen:\n${await this.container.logs()}`);
  }
}
