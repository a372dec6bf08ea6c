import { join } from 'node:path';
import { version } from 'esbuild';
import { findFolder, placeFolder, readNote, writeNote } from './cache.ts';
import { hashOfAll, hashOfFile, type Inputs, inputsBelow, type StagedFile } from './files.ts';
import { root } from './root.ts';

/** What is deployed, as a folder: equal inputs give an equal hash and equal bytes, on any machine. */
export interface StagedCode {
  /** Absolute; not to be written to. */
  readonly folder: string;
  /** Lower-case hex SHA-256 of all that it is made from. */
  readonly hash: string;
}

/** How a folder is made. */
export interface Recipe {
  /** What is made, as the beginning of a file's name. */
  readonly name: string;
  /** What it is known to be made from, beside Onnward's packaging itself. */
  readonly inputs: Inputs;
  /** Makes it, and tells what else went into it: paths from the root. */
  make(): { readonly files: readonly StagedFile[]; readonly sources: readonly string[] };
}

/** Which sources a making found, by their hashes then: as long as none has changed, it need not be made again. */
type Sources = Readonly<Record<string, string>>;

const inThisProcess = new Map<string, StagedCode>();

/**
 * Makes a folder by its recipe, or finds the one that was made of the very same before: by this process, which is asked
 * once for each model and takes its sources to stay as they are, else by an earlier one.
 */
export function stage(recipe: Recipe): StagedCode {
  const known = new Map([...ownInputs(), ...recipe.inputs]);
  const key = `${recipe.name}-${hashOfAll(known).slice(0, 16)}`;
  const staged = inThisProcess.get(key) ?? find(recipe, key, known) ?? make(recipe, key, known);
  inThisProcess.set(key, staged);
  return staged;
}

function find({ name }: Recipe, key: string, known: Inputs): StagedCode | undefined {
  const sources = readNote(key) as Sources | undefined;
  if (!sources) return undefined;
  const now = hashesOf(Object.keys(sources));
  const hash = hashOfAll(new Map([...known, ...now]));
  const folder = findFolder(folderName(name, hash));
  return folder === undefined ? undefined : { folder, hash };
}

function make(recipe: Recipe, key: string, known: Inputs): StagedCode {
  const { files, sources } = recipe.make();
  const now = hashesOf(sources);
  const hash = hashOfAll(new Map([...known, ...now]));
  const name = folderName(recipe.name, hash);
  const folder = findFolder(name) ?? placeFolder(name, files);
  writeNote(key, Object.fromEntries(now));
  return { folder, hash };
}

const folderName = (name: string, hash: string): string => `${name}-${hash.slice(0, 32)}`;

const hashesOf = (sources: readonly string[]): Inputs =>
  new Map(sources.map((path) => [path, hashOfFile(join(root, path)) ?? 'gone']));

let own: Inputs | undefined;

/** How things are packaged decides what comes of them. */
const ownInputs = (): Inputs =>
  (own ??= new Map([['esbuild', version], ...inputsBelow(import.meta.dirname, 'lib/packaging')]));
