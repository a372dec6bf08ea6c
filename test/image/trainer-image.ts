import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { newFolder } from '../support/folders.ts';
import { run } from './engine.ts';

const script = join(import.meta.dirname, 'engine.sh');
const cache = process.env['ONNWARD_CACHE'] ?? join(homedir(), '.cache', 'onnward');

/** Marks what may go when nobody has used it for a week. */
const LABEL = 'onnward.test=trainer';

/** Python on the stand-in of the lane, by Debian's own packages: made once, half a minute. */
const PYTHON = `
FROM localhost/lambda-nodejs:24
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends python3 >/dev/null 2>&1 && rm -rf /var/lib/apt/lists/*
ENTRYPOINT []
`;

/**
 * The name of an image with these files, by their paths in it, on top of Python. They may be executed; nothing of Onnward
 * is among them.
 */
export async function trainerImage(files: Readonly<Record<string, string>>, more = ''): Promise<string> {
  const folder = newFolder();
  const paths = Object.keys(files).sort();
  for (const path of paths) {
    const copy = join(folder, path);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, files[path] ?? '');
    chmodSync(copy, 0o755);
  }
  const copies = paths.map((path) => `COPY ${path.slice(1)} ${path}`);
  const dockerfile = `${PYTHON}LABEL ${LABEL}\n${copies.join('\n')}\n${more}\n`;
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  const hash = createHash('sha256')
    .update(`${dockerfile}${JSON.stringify(files)}`)
    .digest('hex')
    .slice(0, 16);
  const image = `localhost/onnward-trainer:${hash}`;
  const args = [
    '--quiet',
    '--isolation=chroot',
    '--layers',
    '--format=docker',
    '--pull=never',
    `--tag=${image}`,
    folder,
  ];
  // Files of tests run at once, and their images begin with the same layers.
  const unlessThere = 'image=$1; shift; "$0" podman image exists "$image" || "$0" buildah build "$@"';
  const lock = join(cache, 'image', 'build.lock');
  await promisify(execFile)('flock', [lock, 'sh', '-c', unlessThere, script, image, ...args], { timeout: 300_000 });
  await run('podman', 'image', 'prune', '--all', '--force', '--filter=until=168h', `--filter=label=${LABEL}`);
  return image;
}

/** A folder for the PATH with a podman that is the lane's own. */
export function lanePodman(): string {
  const folder = newFolder();
  const podman = join(folder, 'podman');
  writeFileSync(podman, `#!/bin/sh\nPATH=\${PATH#*:} exec '${script}' podman "$@"\n`);
  chmodSync(podman, 0o755);
  return folder;
}
