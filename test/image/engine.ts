import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stageInference, type InferenceOptions } from '#packaging/inference.ts';

const script = join(import.meta.dirname, 'engine.sh');
const cache = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');

/** What the stand-in for Lambda's base image is called, once test/image/install.sh has made it. */
const BASE_IMAGE = 'localhost/lambda-nodejs:24';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs podman or buildah, whose images and containers are the lane's own. Never throws for what they refuse. */
export async function attempt(program: string, ...args: string[]): Promise<Ran> {
  try {
    const options = { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 };
    return { code: 0, ...(await promisify(execFile)(script, [program, ...args], options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
}

/** What it prints. Throws what it says where it fails. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, ...args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout.trim();
}

export interface BuildOptions extends Partial<InferenceOptions> {
  /** @default - the stand-in for Lambda's */
  readonly base?: string;
  /** @default - the image's own */
  readonly runAs?: string;
}

/** The name of the image, built by the Dockerfile from its staged context if it has not been yet. */
export async function builtImage(options: BuildOptions = {}): Promise<string> {
  const { architecture = 'x86_64', baked, base = BASE_IMAGE, runAs } = options;
  const context = { architecture, packaging: 'image' as const, ...(baked !== undefined && { baked }) };
  const { folder, hash } = stageInference(context);
  const baseId = base === 'scratch' ? base : await baseImage(base);
  const image = `localhost/onnward:${[hash.slice(0, 16), baseId.slice(0, 12), runAs ?? 'default'].join('-')}`;
  const platform = `linux/${architecture === 'arm64' ? 'arm64' : 'amd64'}`;
  const settings = [`--build-arg=BASE_IMAGE=${base}`];
  // buildah's cache does not see that the argument of a USER has changed.
  if (runAs !== undefined) settings.push(`--build-arg=RUN_AS=${runAs}`, '--no-cache');
  const args = [
    '--quiet',
    '--isolation=chroot',
    '--layers',
    '--format=docker',
    '--pull=never',
    `--platform=${platform}`,
    ...settings,
    `--tag=${image}`,
    folder,
  ];
  const unlessThere = 'image=$1; shift; "$0" podman image exists "$image" || "$0" buildah build "$@"';
  // Files of tests run at once, and want the same image.
  const lock = join(cache, 'image', 'build.lock');
  await promisify(execFile)('flock', [lock, 'sh', '-c', unlessThere, script, image, ...args]);
  await prune();
  return image;
}

/** Images of other sources, and containers of tests that were killed. */
async function prune(): Promise<void> {
  const old = ['--force', '--filter=until=1h'];
  await attempt('podman', 'container', 'prune', ...old);
  const ours = '--filter=label=com.amazonaws.lambda.feature.snapstart=Allow';
  await attempt('podman', 'image', 'prune', '--all', ...old, ours);
}

async function baseImage(name: string): Promise<string> {
  const { code, stdout } = await attempt('podman', 'image', 'inspect', '--format', '{{.Id}}', name);
  if (code !== 0) throw new Error(`${name} is not there: run test/image/install.sh first`);
  return stdout.trim();
}
