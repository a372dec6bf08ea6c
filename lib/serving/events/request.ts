import { invalid } from '#core/errors.ts';
import { isBinaryType } from './body.ts';
import { EventHeaders, EventRequest } from './plain.ts';

/** What every HTTP-like event holds, by one set of names. */
export interface HttpEvent {
  readonly method: string;
  readonly path: string;
  /** Without `?`, percent-encoded. */
  readonly query: string;
  readonly headers: EventHeaders;
  readonly body: string | null | undefined;
  readonly isBase64Encoded: boolean;
}

/** The request as the client sent it to the front of the API; the host is the `host` header's. */
export function toRequest(event: HttpEvent): EventRequest {
  const bytes = bodyBytes(event);
  if (bytes) event.headers.set('content-length', String(bytes.byteLength));
  const host = event.headers.get('host') ?? 'localhost';
  const url = `https://${host}${escapePath(event.path)}${event.query && `?${event.query}`}`;
  return new EventRequest(url, { method: event.method, headers: event.headers, body: bytes });
}

/** Headers from single and multiple values alike. Throws `event.malformed` on what HTTP does not allow. */
export function headersOf(values: Readonly<Record<string, string | readonly string[] | undefined>>): EventHeaders {
  const headers = new EventHeaders();
  for (const [name, value] of Object.entries(values)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) append(headers, name, one);
  }
  return headers;
}

/** The path without the stage that API Gateway puts in front of it: `/prod/v2` is `/v2`. */
export function withoutStage(path: string, stage: string): string {
  if (path === `/${stage}`) return '/';
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

/**
 * HTTP APIs decode the path, REST APIs, function URLs and load balancers do not, and an event does not say which it was:
 * escape what an encoded path can never hold, and leave the rest alone.
 */
const escapePath = (path: string): string =>
  path.replace(/[?#]|%(?![0-9A-Fa-f]{2})/g, (character) => encodeURIComponent(character));

function append(headers: EventHeaders, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch (cause) {
    throw invalid('event.malformed', `the header ${JSON.stringify(name)} is not one that HTTP allows`, { cause });
  }
}

function bodyBytes(event: HttpEvent): Uint8Array<ArrayBuffer> | undefined {
  if (!event.body || event.method === 'GET' || event.method === 'HEAD') return undefined;
  return event.isBase64Encoded ? fromBase64(event.body) : fromText(event.body, event.headers);
}

/** Node skips characters that are not base64, so a length that falls short is how they show. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength !== Buffer.byteLength(text, 'base64')) {
    throw invalid('event.bad_base64', 'the event says that its body is base64, and it is not', {
      fix: 'Encode the body with standard base64, or set isBase64Encoded to false.',
    });
  }
  return bytes;
}

/** A REST API without `binaryMediaTypes` reads bytes as UTF-8 and loses them; say so, where the sizes would only not add up. */
function fromText(text: string, headers: EventHeaders): Uint8Array<ArrayBuffer> {
  if (isBinaryType(headers.get('content-type') ?? '') && text.includes('\uFFFD')) {
    throw invalid('event.binary_as_text', 'the binary body arrived as text, so bytes of it are lost', {
      fix: "Add '*/*' to the REST API's binaryMediaTypes.",
    });
  }
  return Buffer.from(text, 'utf8');
}
