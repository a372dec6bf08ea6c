import { OnnwardError } from '#core/errors.ts';
import type { InferenceApiOptions, ThrottleOptions } from './options.ts';

/** What an API has only so many of. */
export interface Quota {
  /** In words, as AWS names it: `routes`. */
  readonly what: string;
  readonly limit: number;
  /** Needed by the API itself. */
  readonly own: number;
  /** Needed by each model. */
  readonly each: number;
  /** Whether AWS raises it on request. */
  readonly raisable: boolean;
}

/** Routes of an HTTP API, resources of a REST API. Source: the API Gateway developer guide, "Quotas". */
export const ROUTES = 300;

/** Refuses a model for which an API has no room, with the numbers. Throws `api.full`. */
export function checkRoom(models: number, quotas: readonly Quota[]): void {
  for (const quota of quotas) {
    const needed = quota.own + models * quota.each;
    if (needed > quota.limit) throw full(models, needed, quota);
  }
}

/** Bytes that the environment of a function can hold are 4096, of which its other variables need some. */
const NAMES_BYTES = 3500;

/** Refuses names that do not fit into the catalogue's environment. Throws `api.full`. */
export function checkNames(models: readonly string[]): void {
  const bytes = models.join(',').length;
  if (bytes <= NAMES_BYTES) return;
  throw new OnnwardError(
    `the names of ${models.length} models have ${bytes} bytes, and ${NAMES_BYTES} fit into the environment of the catalogue.`,
    {
      code: 'api.full',
      kind: 'invalid',
      fix: 'Divide the models over stages of several configurations, or give them shorter names.',
      fields: { models: models.length, bytes, limit: NAMES_BYTES },
    },
  );
}

function full(models: number, needed: number, { what, limit, own, each, raisable }: Quota): OnnwardError {
  const most = Math.floor((limit - own) / each);
  const raise = raisable ? `, or have AWS raise that quota and set routeLimit` : '';
  return new OnnwardError(`${models} models need ${needed} ${what} of the API, and there can be ${limit}.`, {
    code: 'api.full',
    kind: 'invalid',
    fix: `Give an API at most ${most} models (more go to a stage of another configuration)${raise}.`,
    fields: { models, needed, what, limit },
  });
}

/** What the whole API lets through. */
export const throttleOf = ({ throttle = { rate: 100, burst: 200 } }: InferenceApiOptions): ThrottleOptions => throttle;
