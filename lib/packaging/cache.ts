import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { StagedFile } from './files.ts';
import { root } from './root.ts';

/** What nobody has staged for this long is removed, ms: each change of a source leaves another 46 MB. */
const UNUSED_MS = 24 * 3_600_000;

/** 1980, the earliest that a zip can say: equal files make equal layers whenever they were staged. */
const STAGED_AT = new Date('1980-01-01T00:00:00Z');

let chosen: string | undefined;

/**
 * Absolute. What `ONNWARD_STAGING` says; else beside the packages, where tools keep what can be made anew; where that is
 * read-only, the user's own; and where there is none, one for this process alone.
 */
function cacheFolder(): string {
  const caches = [join(root, 'node_modules', '.cache'), process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')];
  const usual = caches.map((folder) => join(folder, 'onnward', 'staged'));
  chosen ??= [process.env['ONNWARD_STAGING'] ?? [], ...usual]
    .flat()
    .map((folder) => resolve(folder))
    .find(isWritable);
  return (chosen ??= mkdtempSync(join(tmpdir(), 'onnward-staged-')));
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(mkdtempSync(join(folder, '.try-')), { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** The folder of that name, if it was placed once; it counts as used now. */
export function findFolder(name: string): string | undefined {
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) return undefined;
  const now = new Date();
  utimesSync(folder, now, now);
  return folder;
}

/** Makes a folder of that name hold these files. It is whole from the moment that it has its name, whoever else makes it. */
export function placeFolder(name: string, files: readonly StagedFile[]): string {
  const draft = join(cacheFolder(), `.${randomUUID()}`);
  for (const file of files) writeFile(draft, file);
  const folder = join(cacheFolder(), name);
  try {
    renameSync(draft, folder);
    sweep(cacheFolder());
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Readable by any user, as Lambda and a container run it as one of their own; the umask of who stages it has no say. */
function writeFile(folder: string, { path, from }: StagedFile): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  for (let each = dirname(target); each.length >= folder.length; each = dirname(each)) chmodSync(each, 0o755);
  if (typeof from === 'string') copyFile(from, target);
  else writeFileSync(target, from);
  chmodSync(target, 0o644);
  utimesSync(target, STAGED_AT, STAGED_AT);
}

/** What is staged already is never written to again: it need not be there twice. */
function copyFile(from: string, to: string): void {
  if (from.startsWith(cacheFolder() + sep)) {
    try {
      linkSync(from, to);
      return;
    } catch {
      // Not every file system knows links.
    }
  }
  copyFileSync(from, to);
}

/** What was noted under that name, if it can be read. */
export function readNote(name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(cacheFolder(), `${name}.json`), 'utf8'));
  } catch {
    return undefined;
  }
}

export function writeNote(name: string, note: object): void {
  const draft = join(cacheFolder(), `.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(note));
  renameSync(draft, join(cacheFolder(), `${name}.json`));
}

/** A folder loses its name before its files: nobody finds half of one. */
function sweep(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats || Date.now() - stats.mtimeMs < UNUSED_MS) continue;
    const trash = join(cache, `.${randomUUID()}`);
    try {
      renameSync(path, trash);
      rmSync(trash, { recursive: true, force: true });
    } catch {
      // Another process sweeps as well.
    }
  }
}
