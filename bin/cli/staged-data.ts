import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { hashFile } from '#adapters/local/artifact.ts';
import { LIVE_ROWS_PREFIX } from '#core/monitoring/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { dataPrefix } from '#core/release/keys.ts';

/** Hex digits of a hash that name a file. */
export const DIGITS = 32;

/** A file of this machine that a stage reads, and its key in the stage's store: a function of what it holds. */
export interface StagedData {
  readonly path: string;
  readonly key: string;
}

/** The file that `data` of a configuration names; undefined for what is in AWS already. */
export async function stagedData(model: string, data: string, folder: string): Promise<StagedData | undefined> {
  if (data.startsWith('s3://') || data.startsWith(LIVE_ROWS_PREFIX)) return undefined;
  const path = resolve(folder, data.replace(/^file:/, ''));
  const hash = (await hashFile(path)).slice(0, DIGITS);
  return { path, key: dataPrefix(model, hash) + basename(path) };
}

/** Brings a file to the stage's store; what is there is the same, for its key is named by its hash. */
export async function sendData(store: ObjectStore, { path, key }: StagedData): Promise<void> {
  const { size } = await stat(path);
  try {
    await store.write(key, createReadStream(path), size, { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}
