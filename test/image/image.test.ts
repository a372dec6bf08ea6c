import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '#packaging/files.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { machineOf } from '../packaging/elf.ts';
import { attempt, builtImage, run } from './engine.ts';

interface Inspected {
  readonly Architecture: string;
  readonly Config: Readonly<Record<string, unknown>>;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

const inspect = async (image: string): Promise<Inspected> =>
  (JSON.parse(await run('podman', 'image', 'inspect', image)) as [Inspected])[0];

/** Calls `look` with a folder that holds the image's files. */
async function unpacked<T>(image: string, look: (folder: string) => T): Promise<T> {
  const container = await run('buildah', 'from', '--pull-never', image);
  try {
    return look(await run('buildah', 'mount', container));
  } finally {
    await run('buildah', 'rm', container);
  }
}

describe('the image', () => {
  let image = '';
  let inspected: Inspected;

  beforeAll(async () => {
    image = await builtImage();
    inspected = await inspect(image);
  });

  test('says what hosts want to know of it', () => {
    expect(inspected.Config).toMatchObject({
      User: '65532',
      ExposedPorts: { '8080/tcp': {} },
      Entrypoint: ['/bin/sh', '/var/task/entrypoint.sh'],
      Cmd: ['handler.handler'],
      WorkingDir: '/var/task',
      Labels: { 'com.amazonaws.lambda.feature.snapstart': 'Allow' },
    });
    expect(inspected.Healthcheck?.Test).toEqual(['CMD', 'node', '/var/task/health.mjs']);
  });

  test('adds two layers to its base, under 60 MB together', async () => {
    const base = await inspect('localhost/lambda-nodejs:24');
    const layers = inspected.RootFS.Layers;
    expect(layers.slice(0, -2)).toEqual(base.RootFS.Layers);
    const { code, runtime } = await unpacked(image, (folder) => ({
      code: bytesBelow(join(folder, 'var/task'), (path) => !path.startsWith('node_modules/')),
      runtime: bytesBelow(join(folder, 'var/task'), (path) => path.startsWith('node_modules/')),
    }));
    console.log(`layers: ${(runtime / 1e6).toFixed(1)} MB ONNX Runtime, ${(code / 1e6).toFixed(1)} MB code`);
    expect(code).toBeLessThan(3e6);
    expect(code + runtime).toBeLessThan(60e6);
  });

  test('holds what its bill of software says, where the code is', async () => {
    const bill = await unpacked(image, (folder) => readFileSync(join(folder, 'var/task/sbom.cdx.json'), 'utf8'));
    const { components } = JSON.parse(bill) as { components: { name: string }[] };
    expect(components.map(({ name }) => name)).toContain('onnxruntime-node');
  });

  test('can be read by any user', async () => {
    const modes = await run(
      'podman',
      'run',
      '--rm',
      '--network=none',
      '--user=4711:4711',
      '--entrypoint=/bin/sh',
      image,
      '-c',
      UNREADABLE,
    );
    expect(modes).toBe('');
  });

  test('takes another user at its build, as SageMaker asks for root', async () => {
    expect((await inspect(await builtImage({ runAs: '0' }))).Config['User']).toBe('0');
  });
});

/** Files of ours that this user cannot read, or folders that it cannot enter. */
const UNREADABLE = 'find /var/task ! -readable -o -type d ! -executable';

const bytesBelow = (folder: string, wanted: (path: string) => boolean): number =>
  filesBelow(folder)
    .filter(wanted)
    .reduce((sum, path) => sum + readFileSync(join(folder, path)).byteLength, 0);

describe('the image for arm64', () => {
  test('builds on this machine, and holds no code for another than arm64', async () => {
    const image = await builtImage({ architecture: 'arm64', base: 'scratch' });
    expect((await inspect(image)).Architecture).toBe('arm64');
    const machines = await unpacked(image, (folder) => filesBelow(folder).map((path) => machineOf(join(folder, path))));
    expect(machines.filter((machine) => machine !== undefined)).toEqual(['arm64', 'arm64']);
  });
});

test('what is not `serve` goes to the entry point of Lambda, which wants one handler', async () => {
  const image = await builtImage();
  const { code, stderr } = await attempt('podman', 'run', '--rm', '--network=none', image, 'one', 'two');
  expect([code, stderr]).toEqual([142, expect.stringContaining('handler name')]);
});
