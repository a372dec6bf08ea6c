import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { invalid, type OnnwardError } from '#core/errors.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { codeOf } from '../folder-errors.ts';

export type ContainerEngine = 'podman' | 'docker';

const LIMIT_MS = 30_000;

/** Podman, else Docker. Throws `training.no_podman`. */
export async function findEngine(): Promise<ContainerEngine> {
  if (await answers('podman')) return 'podman';
  if (await answers('docker')) return 'docker';
  throw noPodman('there is neither podman nor docker on the PATH');
}

async function answers(engine: ContainerEngine): Promise<boolean> {
  try {
    await promisify(execFile)(engine, ['--version'], { timeout: LIMIT_MS });
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    throw noPodman(`${engine} says: ${stderr.trim().split('\n').at(-1) || message}`);
  }
}

export interface ContainerOptions {
  readonly engine: ContainerEngine;
  readonly image: string;
  readonly name: string;
  /** Folders of this machine, by their path in the container. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Names of the variables that it gets of those of the engine's own process. */
  readonly variables: readonly string[];
  readonly resources: TrainingOptions['resources'];
}

/** As SageMaker runs it: `run IMAGE train`, with the resources that AWS Batch gives by default. */
export function runArguments({ engine, image, name, mounts, variables, resources = {} }: ContainerOptions): string[] {
  const { gpus = 0, cpus = 2, memory = 4096, sharedMemory = 1024 } = resources;
  return [
    'run',
    '--rm',
    `--name=${name}`,
    // Not relabelled, which takes long with large channels: SELinux is told to let this container at the folders.
    '--security-opt=label=disable',
    ...Object.entries(mounts).map(([path, folder]) => `--volume=${folder}:${path}`),
    `--memory=${memory}m`,
    `--cpus=${Math.min(cpus, availableParallelism())}`,
    `--shm-size=${sharedMemory}m`,
    // By the toolkit of NVIDIA for containers; all that there are, whatever was asked for. Not tried: it takes a GPU.
    ...(gpus === 0 ? [] : engine === 'podman' ? ['--device=nvidia.com/gpu=all'] : ['--gpus=all']),
    ...variables.map((variable) => `--env=${variable}`),
    image,
    'train',
  ];
}

/** Ends a container that there may be. */
export async function removeContainer(engine: ContainerEngine, name: string): Promise<void> {
  await promisify(execFile)(engine, ['rm', '--force', name], { timeout: LIMIT_MS }).catch(() => undefined);
}

const noPodman = (why: string): OnnwardError =>
  invalid('training.no_podman', `The trainer is an image, which takes podman: ${why}.`, {
    fix: 'Install podman (Debian and Ubuntu: `apt install podman`; macOS: `brew install podman`), or name a source folder.',
  });
