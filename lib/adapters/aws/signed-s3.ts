import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Environment, functionCredentials } from './function-credentials.ts';
import { sendHttp, textOf } from './http.ts';
import { objectUrl, ownEndpoint } from './s3-endpoint.ts';
import type { S3Location } from './s3-location.ts';
import { type Credentials, signRequest } from './s3-signature.ts';

export interface SignedS3Options {
  /** Credentials, region and endpoint. @default - this process's */
  readonly env?: Environment;
  /** Called whenever a request has left, and there is nothing to do for it but to wait. */
  readonly onSent?: () => void;
}

/** Where an object is, and who may ask for it. */
export interface SignedPlace {
  readonly url: URL;
  readonly region: string;
  readonly credentials: Credentials;
}

/** How often a request is sent before it is given up. */
const ATTEMPTS = 5;
/** The first wait, doubled each time, with chance in it; ms. */
const BACKOFF_MS = 50;
const CONNECT_MS = 2_000;
const IDLE_MS = 5_000;
/** An error's XML has a few hundred bytes. */
const ERROR_BYTES = 16_384;

const PASSING = new Set([429, 500, 502, 503, 504]);
/** Of a 400: S3 took too long to read the request. Of a 409: another write of the key is under way, it may be our own. */
const PASSING_NAMES = new Set(['RequestTimeout', 'SlowDown', 'InternalError', 'ConditionalRequestConflict']);
const MAY_BE_ELSEWHERE = new Set([301, 307, 400]);

/** Sends requests to the bucket of a store, signed, until one is answered. */
export class SignedS3 {
  readonly #location: S3Location;
  readonly #credentials: () => Promise<Credentials>;
  readonly #endpoint: string | undefined;
  readonly #onSent: (() => void) | undefined;
  #region: string | undefined;

  constructor(location: S3Location, { env = process.env, onSent }: SignedS3Options = {}) {
    this.#location = location;
    this.#credentials = functionCredentials(env);
    this.#endpoint = ownEndpoint(env);
    this.#region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (this.#endpoint && 'us-east-1');
    this.#onSent = onSent;
  }

  /**
   * Sends a GET, or a PUT where there is a body, and resolves to a 200 or 206.
   * Throws an error with a name and `$metadata`, as AWS's SDK does, for `s3Error` to put into words.
   */
  async send(key: string, headers: Readonly<Record<string, string>> = {}, body?: Uint8Array): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      const error = await this.#once(key, headers, body, attempt);
      if (!(error instanceof Error)) return error;
      if (this.#moved(error)) continue;
      if (!isPassing(error) || attempt >= ATTEMPTS) throw error;
      await sleep(Math.random() * BACKOFF_MS * 2 ** attempt);
    }
  }

  /** Where an object is, and what a request for it is signed with. */
  async place(key: string): Promise<SignedPlace> {
    if (this.#region === undefined) throw new Error('Region is missing');
    const credentials = await this.#credentials();
    return { url: objectUrl(this.#location, key, this.#region, this.#endpoint), region: this.#region, credentials };
  }

  async #once(
    key: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | undefined,
    attempts: number,
  ): Promise<IncomingMessage | Error> {
    const { url, region, credentials } = await this.place(key);
    const method = body ? 'PUT' : 'GET';
    const unsigned = { method, host: url.host, path: url.pathname, region, at: new Date() } as const;
    const length = body && { 'content-length': String(body.length) };
    const signed = { ...signRequest(unsigned, credentials), ...length, ...headers };
    try {
      const sent = this.#onSent && { onSent: this.#onSent };
      const limits = { connectMs: CONNECT_MS, idleMs: IDLE_MS };
      const answer = await sendHttp({ url, method, headers: signed, ...(body && { body }), ...limits, ...sent });
      return answer.statusCode === 200 || answer.statusCode === 206 ? answer : await refusal(answer, attempts);
    } catch (error) {
      return error as Error;
    }
  }

  /** Whether the bucket turned out to be in another region: once, for that region is then the right one. */
  #moved(error: Partial<Refusal>): boolean {
    const { region, $metadata } = error;
    if (!region || region === this.#region || !MAY_BE_ELSEWHERE.has($metadata?.httpStatusCode ?? 0)) return false;
    this.#region = region;
    return true;
  }
}

interface Refusal extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly attempts: number };
  /** Where S3 says that the bucket is. */
  readonly region: string | undefined;
}

async function refusal(answer: IncomingMessage, attempts: number): Promise<Refusal> {
  const xml = await textOf(answer, ERROR_BYTES);
  const element = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  const status = answer.statusCode ?? 0;
  const region = answer.headers['x-amz-bucket-region'];
  return Object.assign(new Error(element('Message') ?? answer.statusMessage), {
    name: element('Code') ?? (status === 404 ? 'NotFound' : `${status}`),
    $metadata: { httpStatusCode: status, attempts },
    region: (typeof region === 'string' ? region : undefined) ?? element('Region'),
  });
}

/** Busy servers, and connections that are refused, break or hang. */
function isPassing(error: Partial<Refusal> & { readonly code?: string }): boolean {
  const status = error.$metadata?.httpStatusCode;
  if (status !== undefined) return PASSING.has(status) || PASSING_NAMES.has(error.name ?? '');
  return /^E[A-Z_]+$/.test(error.code ?? '');
}
