/** Where everything of a release lies in an object store: create-only, all of it. Prefixes end in `/`. */

export const RELEASES_PREFIX = 'releases/';

/** A model's name, and a number. */
const ID = /^([a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?)-r([1-9]\d{0,8})$/;

/** Releases of a model are numbered from 1; the next one begins when the last one has ended. */
export const releaseId = (model: string, number: number): string => `${model}-r${number}`;

/** The model and the number of a release; undefined for what is no id of one. */
export function parseReleaseId(id: string): { readonly model: string; readonly number: number } | undefined {
  const [, model, number] = ID.exec(id) ?? [];
  return model === undefined ? undefined : { model, number: Number(number) };
}

export const releasePrefix = (release: string): string => `${RELEASES_PREFIX}${release}/`;

/** What a state of the workflow, or a person, has written of a release. */
export const documentKey = (release: string, name: string): string => `${releasePrefix(release)}${name}.json`;

/** Rows, receipts and lists of its evaluation. */
export const evaluationPrefix = (release: string): string => `${releasePrefix(release)}evaluation/`;

/** Held-out rows that were brought to a store, by the hash of what they hold. */
export const dataPrefix = (model: string, hash: string): string => `evaluation/${model}/${hash}/`;
