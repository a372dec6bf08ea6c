import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ministackPython, REPOSITORY } from './programs.ts';
import { freePort } from '../../support/free-port.ts';

const START = join(REPOSITORY, 'test', 'cloud', 'ministack', 'start.py');

/** MiniStack's account. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/**
 * Ends the server when the test process does, however it does: then its end of the pipe closes. A function that hangs
 * outlives a polite end, so what is left of the group is killed 5 s later.
 */
const LEASH = `"$@" </dev/null & pid=$!; read -r _; kill $pid; i=0
while kill -0 $pid 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done; kill -9 0`;

export interface EmulatedAwsOptions {
  /** How many times faster the periods of alarms go by: 100 makes five minutes of three seconds. @default 1 */
  readonly alarmSpeed?: number;
}

/**
 * MiniStack with our extension: an AWS of one account whose owner holds the key `test`, on the loopback, that forgets
 * everything at its end.
 */
export class EmulatedAws {
  readonly endpoint: string;
  /** The home of every program that talks to it, so that nobody's own settings of AWS are read. */
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(endpoint: string, folder: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.folder = folder;
    this.#process = child;
  }

  static async start({ alarmSpeed = 1 }: EmulatedAwsOptions = {}): Promise<EmulatedAws> {
    const python = ministackPython();
    const folder = mkdtempSync(join(tmpdir(), 'onnward-cloud-'));
    const port = await freePort();
    const log = openSync(join(folder, 'log'), 'w');
    const child = spawn('sh', ['-c', LEASH, 'sh', python, START], {
      env: { ...serverEnvironment(folder, port), ONNWARD_ALARM_SPEED: String(alarmSpeed) },
      stdio: ['pipe', log, log],
      detached: true,
    });
    const emulated = new EmulatedAws(`http://127.0.0.1:${port}`, folder, child);
    await emulated.#ready();
    return emulated;
  }

  /** The process that leads the group of the server and of all functions' processes. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What a client of it needs. */
  get config() {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return { endpoint: this.endpoint, region: REGION, credentials, forcePathStyle: true };
  }

  /** The whole environment of a process that talks to it. */
  get environment(): Record<string, string> {
    return {
      PATH: pathWithNode(),
      HOME: this.folder,
      TMPDIR: this.folder,
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_COLOR: '1',
      CI: 'true',
    };
  }

  /** The end of what it logged, functions' output among it. */
  log(bytes = 8000): string {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-bytes);
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const answer = await fetch(`${this.endpoint}/_ministack/health`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      await sleep(100);
    }
    const log = this.log();
    await this.stop();
    throw new Error(`MiniStack did not come up:\n${log}`);
  }
}

/** Functions run with the first Node on PATH, whatever runtime they ask for: it is to be the one of this repository. */
const pathWithNode = (): string => [dirname(process.execPath), process.env['PATH']].join(delimiter);

/** Nothing of ours is passed on: functions inherit the server's environment. */
const serverEnvironment = (folder: string, port: number): Record<string, string> => ({
  PATH: pathWithNode(),
  HOME: folder,
  TMPDIR: folder,
  PYTHONDONTWRITEBYTECODE: '1',
  GATEWAY_PORT: String(port),
  BIND_HOST: '127.0.0.1',
  STATE_DIR: join(folder, 'state'),
  S3_DATA_DIR: join(folder, 'data'),
  // It would listen on every interface.
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
});
