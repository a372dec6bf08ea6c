import { invalid } from '../errors.ts';
import { MANIFEST_PATH } from './manifest.ts';
import { pathProblem } from './paths.ts';

/** Where everything of a model lies in an object store. Prefixes end in `/`. */
export const MODELS_PREFIX = 'models/';

const CLAIM_PATH = '.claim';

const modelPrefix = (name: string): string => `${MODELS_PREFIX}${name}/`;

export const versionsPrefix = (name: string): string => `${modelPrefix(name)}versions/`;
export const versionPrefix = (name: string, version: number): string => `${versionsPrefix(name)}${version}/`;
/** Written last: a version is there when its manifest is. */
export const manifestKey = (name: string, version: number): string => `${versionPrefix(name, version)}${MANIFEST_PATH}`;
/** Written first: it reserves the number for one writer. */
export const claimKey = (name: string, version: number): string => `${versionPrefix(name, version)}${CLAIM_PATH}`;

/** Key of a file of the artifact, whose path the manifest's rules have passed. Throws `artifact.path` for our own names. */
export function fileKey(name: string, version: number, path: string): string {
  if (path !== MANIFEST_PATH && path !== CLAIM_PATH) return `${versionPrefix(name, version)}${path}`;
  throw invalid('artifact.path', `An artifact cannot hold a file named '${path}': Onnward writes its own there.`, {
    fix: 'Rename the file.',
    fields: { path },
  });
}

/** Below it lie the model cards of a version, one for each of its releases. */
export const cardsPrefix = (name: string, version: number): string => `${versionPrefix(name, version)}releases/`;
/** Create-only; `extension` is json, md or svg. */
export const cardKey = (name: string, version: number, release: string, extension: string): string =>
  `${cardsPrefix(name, version)}${release}.${extension}`;

/** The number of a version's folder, or undefined for a folder that Onnward did not make. */
export const versionOfFolder = (folder: string): number | undefined =>
  /^[1-9]\d{0,14}$/.test(folder) ? Number(folder) : undefined;

export const aliasesPrefix = (name: string): string => `${modelPrefix(name)}aliases/`;
export const aliasKey = (name: string, alias: string): string => `${aliasesPrefix(name)}${alias}.json`;

export const historyPrefix = (name: string): string => `${modelPrefix(name)}history/`;
/** Padded, so that the order of the keys is the order of the records. */
export const historyKey = (name: string, sequence: number): string =>
  `${historyPrefix(name)}${String(sequence).padStart(10, '0')}.json`;

const MAX_KEY_BYTES = 1024; // S3's own limit

/** What every store asks of a key before it touches anything. Throws `store.key`. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  const problem = bytes > MAX_KEY_BYTES ? `has ${bytes} bytes, more than ${MAX_KEY_BYTES}` : pathProblem(key);
  if (problem === undefined) return;
  const shown = JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
  throw invalid('store.key', `${shown} is not a key of an object store: it ${problem}.`);
}
