import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { freePort } from '../support/free-port.ts';

const CACHE = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');

/** Ends the server when the test process does, however it does: then its end of the pipe closes. */
const LEASH = '"$@" </dev/null & pid=$!; read -r _; kill $pid; wait $pid';

/** A server of the S3 protocol, on a free port of the loopback, with the lives of its data and its process in our hands. */
export class S3Server {
  readonly endpoint: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #client: S3Client;

  private constructor(endpoint: string, process: ChildProcess, folder: string) {
    this.endpoint = endpoint;
    this.#process = process;
    this.#folder = folder;
    this.#client = new S3Client(this.config);
  }

  static async minio(): Promise<S3Server> {
    const [port, console] = [await freePort(), await freePort()];
    const listen = ['--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${console}`];
    const env = { MINIO_ROOT_USER: USER, MINIO_ROOT_PASSWORD: SECRET, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
    return S3Server.#start(port, '/minio/health/live', (folder) => [
      join(CACHE, 'bin', 'minio'),
      ['server', join(folder, 'data'), ...listen],
      env,
    ]);
  }

  static async ministack(): Promise<S3Server> {
    const port = await freePort();
    // Without SERVICES it would listen for MQTT on every interface as well.
    const env = { GATEWAY_PORT: `${port}`, BIND_HOST: '127.0.0.1', SERVICES: 's3', IOT_MTLS_ENABLED: '0' };
    return S3Server.#start(port, '/_ministack/health', (folder) => [
      join(CACHE, 'ministack', 'bin', 'ministack'),
      [],
      { ...env, STATE_DIR: join(folder, 'state'), S3_DATA_DIR: join(folder, 'data') },
    ]);
  }

  static async #start(
    port: number,
    health: string,
    command: (folder: string) => [string, string[], Record<string, string>],
  ): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'onnward-s3-'));
    const [program, args, env] = command(folder);
    if (!existsSync(program)) throw new Error(`${program} is not there: run test/s3/install.sh first`);
    const log = join(folder, 'log');
    const out = openSync(log, 'w');
    const child = spawn('sh', ['-c', LEASH, 'sh', program, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', out, out],
    });
    const endpoint = `http://127.0.0.1:${port}`;
    await ready(`${endpoint}${health}`, child, log);
    return new S3Server(endpoint, child, folder);
  }

  /** What a client of it needs. */
  get config(): S3ClientConfig {
    return {
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: USER, secretAccessKey: SECRET },
    };
  }

  /** The same for a process of its own. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: USER,
      AWS_SECRET_ACCESS_KEY: SECRET,
    };
  }

  get client(): S3Client {
    return this.#client;
  }

  async createBucket(bucket: string, { versioned }: { versioned: boolean }): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: bucket }));
    if (!versioned) return;
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await this.#client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }

  async remove(bucket: string, key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const USER = 'onnward-test';
const SECRET = 'onnward-test-secret';

async function ready(url: string, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(100);
  }
  child.stdin?.end();
  throw new Error(`${url} did not come up:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}
