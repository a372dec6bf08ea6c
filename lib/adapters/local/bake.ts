import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileKey, manifestKey } from '#core/model/keys.ts';
import { type Manifest, serializeManifest } from '#core/model/manifest.ts';
import type { ModelFiles, ObjectStore } from '#core/ports.ts';
import { sha256 } from '#core/registry/document.ts';
import { materialize } from './materialize.ts';

/**
 * A folder that is a store of this one version, to go into an image or a zip: named by the manifest, so that the same
 * version is made once. Throws what `materialize` throws.
 */
export async function bakeVersion(store: ObjectStore, manifest: Manifest, cacheFolder: string): Promise<string> {
  const bytes = serializeManifest(manifest);
  const folder = join(cacheFolder, 'baked', sha256(bytes));
  if (await stat(folder).catch(() => undefined)) return folder;
  const files = await materialize(store, manifest, cacheFolder);
  const draft = `${folder}.${randomUUID()}`;
  try {
    await copyInto(draft, manifest, files);
    await place(join(draft, manifestKey(manifest.name, manifest.version)), (path) => writeFile(path, bytes));
    await rename(draft, folder);
  } catch (error) {
    // Another process made the same folder first.
    if (!(await stat(folder).catch(() => undefined))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function copyInto(draft: string, { name, version }: Manifest, { folder, files }: ModelFiles): Promise<void> {
  for (const { path } of files) {
    await place(join(draft, fileKey(name, version, path)), (target) => copyFile(join(folder, path), target));
  }
}

async function place(path: string, write: (path: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await write(path);
}
