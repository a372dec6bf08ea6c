import { readDocument as read, writeOnce } from '../documents.ts';
import { OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type { ReleaseDocuments } from './documents.ts';
import { documentKey, parseReleaseId } from './keys.ts';
import type { Release } from './release.ts';

/** What a state has recorded of a release; undefined as long as it has not. Throws `store.corrupt`. */
export const readDocument = <Name extends keyof ReleaseDocuments>(
  store: ObjectStore,
  release: string,
  name: Name,
): Promise<ReleaseDocuments[Name] | undefined> => read(store, documentKey(release, name));

/** Records it where nothing is recorded yet, and gives what stands: the first one wins. */
export const writeDocument = <Name extends keyof ReleaseDocuments>(
  store: ObjectStore,
  release: string,
  name: Name,
  document: ReleaseDocuments[Name],
): Promise<ReleaseDocuments[Name]> => writeOnce(store, documentKey(release, name), document);

/** The same of what is to be made first, and is not made where it is recorded: a task that is done again. */
export async function documentOf<Name extends keyof ReleaseDocuments>(
  store: ObjectStore,
  release: string,
  name: Name,
  make: () => Promise<ReleaseDocuments[Name]>,
): Promise<ReleaseDocuments[Name]> {
  const there = await readDocument(store, release, name);
  return there ?? writeDocument(store, release, name, await make());
}

/** Throws `release.not_found`. */
export async function readRelease(store: ObjectStore, release: string): Promise<Release> {
  const found = parseReleaseId(release) && (await readDocument(store, release, 'request'));
  if (found) return found;
  throw new OnnwardError(`There is no release ${release}.`, {
    code: 'release.not_found',
    kind: 'not-found',
    fix: 'Run `onnward releases` to see those there are.',
    fields: { release },
  });
}
