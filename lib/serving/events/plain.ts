import type { BytesResponse } from '../message.ts';

/*
 * What a function answers is seldom more than one inference request, and of `Headers`, `Request` and `Response` that takes
 * little. Node loads all of its `fetch` with the first of these names, 25 ms of a cold start, so they are used where a
 * route needs them, and these small ones stand for them elsewhere.
 */

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What no value has: Fetch standard, "header value". */
const NO_VALUE = /[\0\n\r]|[^\0-\xff]/;

/** The headers of an event, by lower-case name. */
export class EventHeaders implements Iterable<[name: string, value: string]> {
  readonly #values = new Map<string, string>();

  /** Throws TypeError on what HTTP does not allow. */
  append(name: string, value: string): void {
    const before = this.get(name);
    const text = checked(name, value);
    this.#values.set(name.toLowerCase(), before === null ? text : `${before}, ${text}`);
  }

  /** Throws TypeError on what HTTP does not allow. */
  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), checked(name, value));
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.#values.entries();
  }
}

function checked(name: string, value: string): string {
  const text = value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (!TOKEN.test(name) || NO_VALUE.test(text)) throw new TypeError('no header of HTTP');
  return text;
}

/** The request that an event stands for. */
export class EventRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: EventHeaders;
  readonly body: Uint8Array<ArrayBuffer> | undefined;

  /** Throws TypeError where the parts make no URL. */
  constructor(url: string, { method, headers, body }: Omit<EventRequest, 'url' | 'toWeb'>) {
    this.url = new URL(url).href;
    this.method = method;
    this.headers = headers;
    this.body = body;
  }

  /** Throws TypeError where the web has no such request. */
  toWeb(): Request {
    const { method, headers, body } = this;
    return new Request(this.url, { method, headers: [...headers], ...(body && { body }) });
  }
}

/** What the kinds of events make results of: a `Response` of the web, or one of these. */
export interface FunctionResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Pick<EventHeaders, 'get'> & Iterable<[name: string, value: string]>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>>;
}

/** An answer of ours as a response. */
export function responseOf({ status, headers: fields, body }: BytesResponse): FunctionResponse {
  const headers = new EventHeaders();
  for (const [name, value] of Object.entries(fields)) headers.set(name, value);
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    text: async () => (typeof body === 'string' ? body : Buffer.from(body).toString('utf8')),
    arrayBuffer: async () => Buffer.from(body as Uint8Array<ArrayBuffer>),
  };
}
