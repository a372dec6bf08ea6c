import { randomBytes } from 'node:crypto';
import {
  bodyKey,
  contentKey,
  ID_BYTES,
  isExpired,
  isRequestName,
  LINK_SECONDS,
  MAX_REQUEST_BYTES,
  newRequest,
  parseRequest,
  parseResponse,
  recordBytes,
  requestKey,
  type RequestName,
  type RequestStore,
  responseKey,
  type StoredRequest,
  type StoredResponse,
  type UploadLink,
} from '#core/batch/requests.ts';
import type { Clock } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { deflate, tooLarge } from '#serving/compression.ts';
import type { Host } from '#serving/host.ts';
import type { BytesRequest, BytesResponse } from '#serving/message.ts';
import { modelNotFound } from '#serving/not-served.ts';
import { guarded } from './guarded-store.ts';
import { linkedType, pathOf, pending, placeOf, shown, typeOf } from './place.ts';
import { expired, hasBody, notFound, uploaded } from './refusals.ts';

export interface AsyncRequestsOptions {
  readonly store: RequestStore;
  readonly clock: Clock;
  /** Told of a request whose body is there. @default - the store itself tells whoever answers, as S3 does */
  readonly onArrival?: (name: RequestName) => void;
}

/** What a request asks of which model; `version` is undefined for the live one. */
export interface Target {
  readonly host: Host;
  readonly name: string;
  readonly version: string | undefined;
}

/** A request that was taken in, with the version that will answer it. */
interface Accepted {
  readonly response: BytesResponse;
  readonly version: number;
}

type Headers = Pick<BytesRequest, 'header'>;

/** Over this an answer is fetched from where it lies, bytes: twice as much is what Lambda lets through, and JSON within JSON may be that. */
const DIRECT_BYTES = 3_000_000;

const NOT_STORED = { 'cache-control': 'no-store' };

/** Takes in requests that are answered later, by whoever answers what arrives in the store, and gives the answers out. */
export class AsyncRequests {
  readonly #store: RequestStore;
  readonly #clock: Clock;
  readonly #onArrival: ((name: RequestName) => void) | undefined;

  constructor({ store, clock, onArrival }: AsyncRequestsOptions) {
    this.#store = guarded(store);
    this.#clock = clock;
    this.#onArrival = onArrival;
  }

  /** Whether clients upload through this server, by `receive`. */
  get receives(): boolean {
    return this.#store.createFrom !== undefined;
  }

  /** Keeps a request as it is, for the version that it says. Throws where none is served, and `request.store`. */
  async accept(target: Target, request: BytesRequest): Promise<Accepted> {
    const { name, record } = await this.#open(target, request);
    await this.#store.create(bodyKey(name), request.body);
    this.#onArrival?.(name);
    const headers = { 'preference-applied': 'respond-async', ...placeOf(name, target.version) };
    const response = pending(202, headers, { ...shown(name, record), state: 'pending' });
    return { response, version: record.model.version };
  }

  /**
   * Makes room for a request whose body comes by itself, to a link. `url` is the request's own.
   * Throws where the model or version is not served, and `request.store`.
   */
  async offer(target: Target, request: BytesRequest, url: string): Promise<BytesResponse> {
    if (request.body.length > 0) throw hasBody();
    const { name, record } = await this.#open(target, request);
    const until = Date.parse(record.createdAt) + LINK_SECONDS * 1000;
    const upload = await this.#upload(name, typeOf(request), url);
    const link = { method: 'PUT', ...upload, expiresAt: new Date(until).toISOString() };
    return pending(201, placeOf(name, target.version), {
      ...shown(name, record),
      state: 'waiting for upload',
      upload: link,
    });
  }

  /** Takes an upload. Throws `request.not_found`, `request.expired`, `request.uploaded`, `request.too_large`. */
  async receive(target: Target, id: string, request: Headers, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const name = nameOf(target, id);
    const { createdAt } = await this.#request(name);
    if (this.#clock() >= Date.parse(createdAt) + LINK_SECONDS * 1000) throw expired('the link to upload to');
    const length = Number(request.header('content-length') ?? 0);
    if (length > MAX_REQUEST_BYTES) throw tooLarge(`is ${length} bytes`, MAX_REQUEST_BYTES);
    try {
      await this.#store.createFrom?.(bodyKey(name), atMost(MAX_REQUEST_BYTES, chunks));
    } catch (error) {
      throw isPrecondition(error) ? uploaded() : error;
    }
    this.#onArrival?.(name);
  }

  /** What has become of a request: its answer, once it is there. Throws `request.not_found`, `request.expired`. */
  async look(target: Target, id: string, accepted: string | undefined): Promise<BytesResponse> {
    const name = nameOf(target, id);
    const stored = await this.#store.get(responseKey(name));
    if (stored) return this.#answer(name, parseResponse(stored), accepted);
    const record = await this.#request(name);
    const state = (await this.#store.has(bodyKey(name))) ? 'pending' : 'waiting for upload';
    return pending(202, NOT_STORED, { ...shown(name, record), state });
  }

  async #open({ host, name: asked, version }: Target, request: Headers) {
    const { name: model, version: pinned } = host.find(asked, version);
    const name = { model, id: randomBytes(ID_BYTES).toString('hex') };
    const record = newRequest({ name: model, version: pinned }, (field) => request.header(field), this.#clock());
    await this.#store.create(requestKey(name), recordBytes(record));
    return { name, record };
  }

  async #upload(name: RequestName, type: string, url: string): Promise<UploadLink> {
    const links = this.#store.links;
    if (links) return links.upload(bodyKey(name), type);
    return { url: new URL(`${pathOf(name)}/body`, url).href, headers: { 'content-type': type } };
  }

  async #request(name: RequestName): Promise<StoredRequest> {
    const stored = await this.#store.get(requestKey(name));
    if (!stored) throw notFound();
    const record = parseRequest(stored);
    if (isExpired(record, this.#clock())) throw expired('this request');
    return record;
  }

  async #answer(name: RequestName, record: StoredResponse, accepted: string | undefined): Promise<BytesResponse> {
    if (isExpired(record, this.#clock())) throw expired('the answer to this request');
    const { status, size, attempt } = record;
    const key = contentKey(name, attempt);
    const headers = { ...record.headers, ...NOT_STORED };
    if (size > DIRECT_BYTES && this.#store.links) {
      const location = await this.#store.links.download(key, linkedType(record.headers));
      return { status: 303, headers: { ...headers, location }, body: '' };
    }
    const content = await this.#store.get(key);
    if (!content) throw notFound();
    return deflate({ status, headers, body: content.bytes }, accepted ?? '');
  }
}

/** Throws `model.not_found` for what is not served here, and `request.not_found` for what is no id. */
function nameOf({ host, name: model }: Target, id: string): RequestName {
  const names = [...new Set(host.index().map((entry) => entry.name))];
  if (!names.includes(model)) throw modelNotFound(model, names);
  if (!isRequestName({ model, id })) throw notFound();
  return { model, id };
}

async function* atMost(limit: number, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw tooLarge('goes on for more', limit);
    yield chunk;
  }
}
