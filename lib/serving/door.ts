import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createApp } from './app.ts';
import type { Host } from './host.ts';
import type { BytesRequest, BytesResponse, Limits } from './message.ts';
import { infer } from './protocols/oip/infer.ts';

/** The routes that deserve a shorter way: an infer of a model whose name needs no decoding, with or without a version. */
const INFER_PATH = /^\/v2\/models\/([A-Za-z0-9._-]+)(?:\/versions\/([A-Za-z0-9._-]+))?\/infer$/;

/**
 * The long-running server's listener. Building a web Request and Response costs a small model a third of its requests a
 * second, so an infer goes from Node's own message straight to the protocol; all else goes through the app. Both answer
 * alike, which one contract suite holds them to.
 */
export function createDoor(host: Host, limits: Limits): RequestListener {
  const app = getRequestListener(createApp(host, limits).fetch, { overrideGlobalObjects: false });
  return (message, response) => {
    const target = message.method === 'POST' ? INFER_PATH.exec(message.url as string) : null;
    const length = Number(message.headers['content-length']);
    // Bodies of unknown or too great a length are rare: the app's reader counts them as they come.
    if (!target || !(length <= limits.maxBodyBytes)) void app(message, response);
    else readBody(message, length, (body) => void answer(host, target, requestOf(message, body), limits, response));
  };
}

/** `infer` never rejects: it answers errors too. */
async function answer(
  host: Host,
  [, name, version]: readonly string[],
  request: BytesRequest,
  limits: Limits,
  response: ServerResponse,
): Promise<void> {
  send(response, await infer(host, name as string, version, request, limits));
}

const requestOf = (message: IncomingMessage, body: Uint8Array): BytesRequest => ({
  header: (name) => message.headers[name] as string | undefined,
  body,
});

/** Node delivers a small body in one chunk, which is then used as it is. A client that leaves gets no answer. */
function readBody(message: IncomingMessage, length: number, done: (body: Uint8Array) => void): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  message.on('data', (chunk: Buffer) => {
    if (!first) first = chunk;
    else (rest ??= [first]).push(chunk);
  });
  message.on('end', () => done(rest ? Buffer.concat(rest, length) : (first ?? Buffer.alloc(0))));
}

function send(response: ServerResponse, { status, headers, body }: BytesResponse): void {
  headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
  response.writeHead(status, headers);
  response.end(body);
}
