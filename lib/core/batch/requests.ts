import * as v from 'valibot';
import { isName } from '../model/reference.ts';
import type { StoredObject } from '../ports.ts';
import { REQUESTS_PREFIX, requestPrefix } from './keys.ts';
import type { PinnedModel } from './plan.ts';

/** How long a request, and then its answer, is kept, ms. */
export const KEPT_MS = 24 * 3_600_000;
/** How long a link is good for, seconds. */
export const LINK_SECONDS = 900;
/** Bytes of a body, as sent and again once it is inflated. */
export const MAX_REQUEST_BYTES = 192 * 2 ** 20;
/** Measured: what answering a body takes in memory, its tensors and its answer with it, in multiples of the body. */
const MEMORY_OF_A_BODY = 9;

/** The largest body, bytes, that fits where there is so much memory, MB. */
export const maxRequestBytes = (memory: number): number =>
  Math.min(MAX_REQUEST_BYTES, Math.floor((memory * 2 ** 20) / MEMORY_OF_A_BODY));
/** How often an answer is tried for before it is a failure. */
export const ATTEMPTS = 3;

/** Bytes of chance in an id: whoever has it, and may call the model, may read the answer. */
export const ID_BYTES = 16;
const ID = /^[0-9a-f]{32}$/;
const BODY_KEY = new RegExp(`^${REQUESTS_PREFIX}([^/]+)/([0-9a-f]{32})/body$`);

/** One request of one model. */
export interface RequestName {
  readonly model: string;
  readonly id: string;
}

/** Whether these can name a request; what does not is not looked for. */
export const isRequestName = ({ model, id }: RequestName): boolean => isName(model) && ID.test(id);

/** The request whose body a key is; undefined for any other key. */
export function requestOfBody(key: string): RequestName | undefined {
  const [, model = '', id = ''] = BODY_KEY.exec(key) ?? [];
  return isRequestName({ model, id }) ? { model, id } : undefined;
}

const prefixOf = ({ model, id }: RequestName): string => requestPrefix(model, id);
/** Create-only, and the first: how the body is to be read, and by which version it is answered. */
export const requestKey = (name: RequestName): string => `${prefixOf(name)}request.json`;
/** Create-only: as the client sent it. What arrives here is to be answered. */
export const bodyKey = (name: RequestName): string => `${prefixOf(name)}body`;
/** Create-only: that an answer was begun, from 1. */
export const attemptKey = (name: RequestName, attempt: number): string => `${prefixOf(name)}attempts/${attempt}`;
/** What the answer of an attempt has behind its headers. */
export const contentKey = (name: RequestName, attempt: number): string => `${prefixOf(name)}responses/${attempt}`;
/** Create-only, and the last: the answer is there. */
export const responseKey = (name: RequestName): string => `${prefixOf(name)}response.json`;

const headers = v.record(v.string(), v.string());

const request = v.object({
  format: v.literal(1),
  /** The version that was live, or was asked for, when the request came. */
  model: v.object({ name: v.string(), version: v.number() }),
  /** Those that say how the body is read, by lower-case name. */
  headers,
  /** As ISO 8601 has it, in UTC, as are all that follow. */
  createdAt: v.string(),
  expiresAt: v.string(),
});
const response = v.object({
  format: v.literal(1),
  /** Of HTTP. */
  status: v.number(),
  headers,
  /** Bytes of the content. */
  size: v.number(),
  /** Whose content it is. */
  attempt: v.number(),
  answeredAt: v.string(),
  /** The request's own. */
  expiresAt: v.string(),
});

/** A request that was taken in. */
export type StoredRequest = v.InferOutput<typeof request> & { readonly model: PinnedModel };
/** Its answer, whatever that is. */
export type StoredResponse = v.InferOutput<typeof response>;

export const parseRequest = ({ bytes }: StoredObject): StoredRequest => v.parse(request, json(bytes));
export const parseResponse = ({ bytes }: StoredObject): StoredResponse => v.parse(response, json(bytes));
export const recordBytes = (record: StoredRequest | StoredResponse): Uint8Array => Buffer.from(JSON.stringify(record));

const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));

/** Headers that say how a body is read, and the id that leads from an answer to the lines of a log. */
const KEPT_HEADERS = ['content-type', 'content-encoding', 'inference-header-content-length', 'x-request-id'] as const;

/** The record of a request that comes at `now`, ms. */
export function newRequest(
  model: PinnedModel,
  header: (name: string) => string | undefined,
  now: number,
): StoredRequest {
  const sent = KEPT_HEADERS.flatMap((name) => {
    const value = header(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    format: 1,
    model: { name: model.name, version: model.version },
    headers: Object.fromEntries(sent),
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + KEPT_MS).toISOString(),
  };
}

export const isExpired = ({ expiresAt }: { readonly expiresAt: string }, now: number): boolean =>
  now >= Date.parse(expiresAt);

/** A request that a client sends by itself, to where the store is. */
export interface UploadLink {
  readonly url: string;
  /** Without these it is refused. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Lets clients write and read objects without passing through the server, for `LINK_SECONDS`. */
export interface RequestLinks {
  /** A PUT, which is refused where the object is there. */
  upload(key: string, contentType: string): Promise<UploadLink>;
  /** A GET that answers with this type. */
  download(key: string, contentType: string): Promise<string>;
}

/**
 * What it takes of a store to take requests in and give their answers out: less than an ObjectStore, so that a function
 * has it without AWS's SDK.
 */
export interface RequestStore {
  /** Undefined where there is no such object. */
  get(key: string): Promise<StoredObject | undefined>;
  has(key: string): Promise<boolean>;
  /** Throws `store.precondition` (kind conflict) where there is such an object. */
  create(key: string, bytes: Uint8Array): Promise<void>;
  /** @default - clients come through the server */
  readonly links?: RequestLinks;
  /** As `create`, of a stream. @default - clients use links */
  readonly createFrom?: (key: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;
}
