import { createHash } from 'node:crypto';
import type { ScoringInput } from '../scoring/shard.ts';
import type { BatchOptions } from './options.ts';
import type { PinnedModel } from './plan.ts';

/** What makes one job another one. */
export interface JobIdentity {
  readonly model: PinnedModel;
  readonly inputs: readonly Pick<ScoringInput, 'store' | 'key' | 'version'>[];
  /** Of a job that was asked for, wherever they were said, but for defaults. An object that arrives is the same job whatever is said. */
  readonly options?: BatchOptions;
}

/** An object's version, as it arrived for a model. */
export interface Arrival {
  readonly store: string;
  readonly key: string;
  readonly version: string;
  readonly model: string;
}

/** Names a job: 16 digits and small letters, 80 bits. The order in which inputs and options are given is no matter. */
export function jobId({ model, inputs, options = {} }: JobIdentity): string {
  const read = inputs.map(({ store, key, version }) => JSON.stringify([store, key, version])).sort();
  return hashOf([model.name, model.version, read, sorted(options)]);
}

/** Names the claim on an arrival. */
export const arrivalHash = ({ store, key, version, model }: Arrival): string => hashOf([store, key, version, model]);

/** A name that `jobId` may have given. */
export const isJobId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{16}$/.test(text);

/** Crockford's digits: none is read as another. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

function hashOf(value: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(value)).digest();
  // 5 of each byte's 8 bits, which are as random as all of them.
  return Array.from(digest.subarray(0, 16), (byte) => DIGITS[byte & 31]).join('');
}

/** With the fields of every object in order, so that equal values are equal texts; lists stay as they are. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sorted(field)]));
}
