import type { LeftFile } from '../documents.ts';
import { checkpointsPrefix, trainingPrefix } from '../keys.ts';

/** A file of a snapshot. */
export interface SnapshotFile extends LeftFile {
  /** Milliseconds since 1970: there are scripts that take the newest of several checkpoints. */
  readonly modified: number;
}

/** A state of `/opt/ml/checkpoints`: written last, create-only, once each of its files is in the store. */
export interface SnapshotDocument {
  readonly format: 1;
  readonly at: string;
  readonly attempt: number;
  /** In the order of their paths. */
  readonly files: readonly SnapshotFile[];
}

/** That a host has begun with a training: create-only, numbered from 1. */
export interface AttemptDocument {
  readonly at: string;
  /** As whoever runs jobs calls it. */
  readonly run?: string;
}

/** Who takes out what its trainer has left: written over and over, as a sign of life. */
export interface TakingOutDocument extends AttemptDocument {
  readonly attempt: number;
}

/** That a machine among several is there. */
export interface NodeDocument {
  readonly at: string;
  /** Where the others reach it. */
  readonly address: string;
}

/** In a stage; then they expire. A training may run for a week, and wait meanwhile: a file that stays as it is goes up once. */
export const CHECKPOINTS_KEPT_DAYS = 14;

/** Padded, so that the order of the keys is that of the snapshots. */
export const snapshotKey = (training: string, number: number): string =>
  `${checkpointsPrefix(training)}${String(number).padStart(10, '0')}.json`;

/** The number of a snapshot by its key; undefined for what is none. */
export function snapshotOf(training: string, key: string): number | undefined {
  const [, digits] = /^(\d{10,15})\.json$/.exec(key.slice(checkpointsPrefix(training).length)) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Files of snapshots, by what they hold: one that stays as it is goes up once. It sorts behind all snapshots. */
export const checkpointFilesPrefix = (training: string): string => `${checkpointsPrefix(training)}files/`;

export const checkpointFileKey = (training: string, sha256: string): string =>
  `${checkpointFilesPrefix(training)}${sha256}`;

export const attemptsPrefix = (training: string): string => `${trainingPrefix(training)}attempts/`;

export const attemptKey = (training: string, attempt: number): string => `${attemptsPrefix(training)}${attempt}.json`;

/** Beside the attempts, where jobs may write. */
export const takingOutKey = (training: string): string => `${attemptsPrefix(training)}taking-out.json`;

export const nodeKey = (training: string, run: string, index: number): string =>
  `${trainingPrefix(training)}nodes/${run}/${index}.json`;

/** Whether two states are of the same files. */
export const sameFiles = (a: readonly LeftFile[], b: readonly LeftFile[]): boolean =>
  a.length === b.length && a.every(({ path, sha256 }, index) => path === b[index]?.path && sha256 === b[index].sha256);
