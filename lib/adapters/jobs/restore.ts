import { chmod, copyFile, mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { atMost } from '#core/at-most.ts';
import { readDocument } from '#core/documents.ts';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader, ObjectStore } from '#core/ports.ts';
import type { Restored } from '#core/training/agent/fetched.ts';
import {
  checkpointFileKey,
  type SnapshotDocument,
  type SnapshotFile,
  snapshotKey,
} from '#core/training/agent/snapshot.ts';
import type { LeftFile } from '#core/training/documents.ts';
import { download } from './download.ts';
import { checkRoom } from './job-folder.ts';
import type { Meter } from './meter.ts';
import { type Patience, patiently } from './patience.ts';
import type { Slots } from './slots.ts';
import { snapshotNumbers } from './snapshots.ts';

/** Snapshots that are tried before the trainer begins anew, from the newest on. */
const MOST_TRIED = 10;
const FILES_AT_ONCE = 4;

export interface RestoreOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly inputs: (url: string) => Promise<InputReader>;
  /** Where the checkpoints are to be, empty now. */
  readonly folder: string;
  readonly openToAll: boolean;
  readonly slots: Slots;
  readonly patience: Patience;
  readonly meter: Meter;
  /** Hears of a snapshot that is not whole. */
  readonly onSkipped?: (message: string) => void;
}

/**
 * Brings back the newest snapshot that is whole: each file by its hash, and under its name once all of them are there. One
 * that misses a file is passed over for the one before. Undefined where there is none.
 */
export async function restoreCheckpoints(options: RestoreOptions): Promise<Restored | undefined> {
  const { store, training, patience, onSkipped } = options;
  const numbers = await patiently(() => snapshotNumbers(store, training), patience);
  for (const number of numbers.toReversed().slice(0, MOST_TRIED)) {
    try {
      return await restore(number, options);
    } catch (error) {
      if (!isLost(error)) throw error;
      onSkipped?.(`The snapshot ${number} of the checkpoints is passed over: ${(error as Error).message}`);
    }
  }
  return undefined;
}

const LOST = new Set(['store.corrupt', 'store.not_found', 'input.not_found', 'input.changed']);
const isLost = (error: unknown): boolean => error instanceof OnnwardError && LOST.has(error.code);

async function restore(number: number, options: RestoreOptions): Promise<Restored> {
  const { store, training, folder, patience, meter } = options;
  const key = snapshotKey(training, number);
  const snapshot = await patiently(() => readDocument<SnapshotDocument>(store, key), patience);
  if (!snapshot || !isWhole(snapshot, folder)) throw lost(`${key} is no list of files`);
  const distinct = [...new Map(snapshot.files.map((file) => [file.sha256, file])).values()];
  const bytes = distinct.reduce((sum, { size }) => sum + size, 0);
  await checkRoom(folder, bytes);
  meter.expect(bytes);
  const drafts = join(folder, '.onnward-restore');
  await mkdir(drafts, { recursive: true });
  try {
    await atMost(FILES_AT_ONCE, distinct, (file) => bring(file, join(drafts, file.sha256), options));
    await placeAll(snapshot.files, drafts, options);
    return { snapshot: number, at: snapshot.at };
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

/** A path that leads out of the folder is not one that we have written. */
const isWhole = ({ files }: SnapshotDocument, folder: string): boolean =>
  Array.isArray(files) &&
  files.every(
    ({ path, sha256 }) => /^[0-9a-f]{64}$/.test(sha256) && resolve(folder, path).startsWith(`${resolve(folder)}${sep}`),
  );

async function bring({ sha256 }: LeftFile, path: string, options: RestoreOptions): Promise<void> {
  const { store, training, patience, meter } = options;
  const key = checkpointFileKey(training, sha256);
  const reader = await options.inputs(store.url);
  const stat = await patiently(() => reader.stat(key), patience);
  if (!stat) throw lost(`${key} is not there`);
  const onBytes = (count: number): void => meter.add(count);
  const actual = await download({ reader, key, stat }, path, { ...options, onBytes });
  if (actual !== sha256) throw lost(`${key} has other content than its name says`);
}

/** Files of equal content were brought once. */
async function placeAll(files: readonly SnapshotFile[], drafts: string, { folder, openToAll }: RestoreOptions) {
  const left = new Map<string, number>();
  for (const { sha256 } of files) left.set(sha256, (left.get(sha256) ?? 0) + 1);
  for (const { path, sha256, modified } of files) {
    const target = join(folder, path);
    await makeFolder(dirname(target), folder, openToAll);
    const others = (left.get(sha256) as number) - 1;
    left.set(sha256, others);
    if (others === 0) await rename(join(drafts, sha256), target);
    else await copyFile(join(drafts, sha256), target);
    if (openToAll) await chmod(target, 0o666);
    await utimes(target, modified / 1000, modified / 1000);
  }
}

async function makeFolder(folder: string, top: string, openToAll: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (!openToAll) return;
  for (let each = folder; each.length > top.length; each = dirname(each)) await chmod(each, 0o777);
}

const lost = (message: string): OnnwardError => new OnnwardError(message, { code: 'store.corrupt', kind: 'corrupt' });
