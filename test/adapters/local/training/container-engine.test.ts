import { chmodSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findEngine, runArguments } from '#adapters/local/training/container-engine.ts';
import { newFolder } from '../../../support/folders.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A PATH with nothing but these programs, each a script of the shell. */
function path(programs: Readonly<Record<string, string>>): void {
  const folder = newFolder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', folder);
}

describe('the engine', () => {
  test('is podman, else Docker', async () => {
    path({ podman: 'exit 0', docker: 'exit 0' });
    expect(await findEngine()).toBe('podman');
    path({ docker: 'exit 0' });
    expect(await findEngine()).toBe('docker');
  });

  test('that is not there is an error that says what to install', async () => {
    path({});
    await expect(findEngine()).rejects.toMatchObject({
      code: 'training.no_podman',
      fix: expect.stringContaining('apt install podman') as string,
    });
  });

  test('that is broken is an error that says how', async () => {
    path({ podman: 'echo "no such file: crun" >&2; exit 125' });
    await expect(findEngine()).rejects.toMatchObject({
      code: 'training.no_podman',
      message: expect.stringContaining('no such file: crun') as string,
    });
  });
});

describe('a container', () => {
  const options = {
    engine: 'podman',
    image: 'localhost/trainer:1',
    name: 'onnward-x',
    mounts: { '/opt/ml/model': '/srv/a b/model' },
    variables: ['SM_MODEL_DIR'],
    resources: {},
  } as const;

  test('is run as SageMaker runs it, with what AWS Batch gives by default', () => {
    expect(runArguments(options)).toEqual([
      'run',
      '--rm',
      '--name=onnward-x',
      '--security-opt=label=disable',
      '--volume=/srv/a b/model:/opt/ml/model',
      '--memory=4096m',
      `--cpus=${Math.min(2, availableParallelism())}`,
      '--shm-size=1024m',
      '--env=SM_MODEL_DIR',
      'localhost/trainer:1',
      'train',
    ]);
  });

  test('gets no more processors than there are, which engines refuse', () => {
    const args = runArguments({ ...options, resources: { cpus: 192, memory: 512, sharedMemory: 64 } });
    expect(args).toEqual(
      expect.arrayContaining([`--cpus=${availableParallelism()}`, '--memory=512m', '--shm-size=64m']),
    );
  });

  test.each([
    ['podman', '--device=nvidia.com/gpu=all'],
    ['docker', '--gpus=all'],
  ] as const)('of %s sees the GPUs where it asks for one', (engine, flag) => {
    expect(runArguments({ ...options, engine })).not.toContain(flag);
    expect(runArguments({ ...options, engine, resources: { gpus: 1 } })).toContain(flag);
  });
});
