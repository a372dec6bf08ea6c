import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsClient } from 'aws4fetch';
import { invalid, OnnwardError } from '#core/errors.ts';

export interface EndpointOptions {
  /** @default - of the URL, as API Gateway writes it; else AWS_REGION */
  readonly region?: string;
  /** A JWT; with it nothing is signed. @default - requests are signed, where there are credentials */
  readonly token?: string;
  /** What a usage plan asks for. @default - no key is sent */
  readonly apiKey?: string;
}

/** What the API answers, whole. */
interface EndpointAnswer {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** Sends one request to a path of the API; the body is JSON. */
export type Send = (path: string, body?: string) => Promise<EndpointAnswer>;

/** API Gateway ends a request after 30 s. */
const TIMEOUT_MS = 35_000;

/** `https://ID.execute-api.REGION.amazonaws.com` */
const REGION_OF_HOST = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/;

/** The API of a stage, for requests as its `auth` wants them. Throws `remote.bad_url`; sending throws `remote.unreachable`. */
export function openEndpoint(url: string, options: EndpointOptions = {}): Send {
  const base = url.replace(/\/$/, '');
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) throw badUrl(url);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(options.token && { authorization: `Bearer ${options.token}` }),
    ...(options.apiKey && { 'x-api-key': options.apiKey }),
  };
  const region = options.region ?? REGION_OF_HOST.exec(base)?.[1] ?? process.env['AWS_REGION'] ?? 'us-east-1';
  const signer = options.token === undefined && isPrivate(base) ? signerOf(region) : Promise.resolve(undefined);
  return async (path, body) => {
    const init = { method: body === undefined ? 'GET' : 'POST', headers, ...(body !== undefined && { body }) };
    const target = `${base}${path}`;
    const request = (await (await signer)?.sign(target, init)) ?? new Request(target, init);
    try {
      const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { url: response.url, status: response.status, text: await response.text() };
    } catch (cause) {
      throw unreachable(base, cause);
    }
  };
}

/** Where a session's token may go: where nobody reads along. */
const isPrivate = (url: string): boolean =>
  url.startsWith('https:') || /^(localhost|127\.0\.0\.1|\[::1\]|.*\.localhost)$/.test(new URL(url).hostname);

/** Without credentials the request goes unsigned: an API may be open to everybody, and else says what it misses. */
async function signerOf(region: string): Promise<AwsClient | undefined> {
  const found = await defaultProvider()().catch(() => undefined);
  if (!found) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken } = found;
  const session = sessionToken === undefined ? {} : { sessionToken };
  return new AwsClient({ accessKeyId, secretAccessKey, ...session, service: 'execute-api', region });
}

const badUrl = (url: string): OnnwardError =>
  invalid('remote.bad_url', `${JSON.stringify(url.slice(0, 200))} is no URL of a server.`, {
    fix: 'Write it as `https://models.example.com`, or as `http://127.0.0.1:8080`.',
    fields: { url },
  });

function unreachable(url: string, cause: unknown): OnnwardError {
  const { cause: reason, message } = cause as Error & { cause?: { code?: string } };
  return new OnnwardError(`${url} cannot be reached: ${reason?.code ?? message}.`, {
    code: 'remote.unreachable',
    kind: 'unavailable',
    fix: 'Check the URL and the network; `onnward status` shows what is deployed.',
    fields: { url },
    cause,
  });
}
