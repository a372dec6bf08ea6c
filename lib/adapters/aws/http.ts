import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** One request, and how long to wait for its answer. */
export interface HttpRequest {
  readonly url: URL;
  /** @default 'GET' */
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** @default - none */
  readonly body?: Uint8Array;
  /** Milliseconds until there is a connection. */
  readonly connectMs: number;
  /** Milliseconds in which nothing at all comes. */
  readonly idleMs: number;
  /** Called once the request has left: there is nothing to do for it but to wait. */
  readonly onSent?: () => void;
}

/**
 * Sends a request over a connection that is kept. Rejects with the error of the system, or with one that is named
 * `TimeoutError`; the answer's body ends likewise.
 *
 * The modules are asked for by name, not imported: an `import` reads every name that they export, `WebSocket` among
 * them, and so loads Node's `fetch`: 30 ms on the way to a first answer.
 */
export function sendHttp({
  url,
  method = 'GET',
  headers,
  body,
  connectMs,
  idleMs,
  onSent,
}: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers: { ...headers } });
    const expire = (): void => void request.destroy(timeout(request));
    const connecting = setTimeout(expire, connectMs);
    const connected = (): void => clearTimeout(connecting);
    request.setTimeout(idleMs, expire);
    request.once('finish', () => onSent?.());
    request.once('socket', (socket) => {
      if (!socket.connecting) return connected();
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      return undefined;
    });
    request.once('close', connected).on('error', reject).once('response', resolve).end(body);
  });
}

function send(url: URL, options: RequestOptions): ClientRequest {
  return url.protocol === 'https:'
    ? process.getBuiltinModule('node:https').request(url, options)
    : process.getBuiltinModule('node:http').request(url, options);
}

const timeout = ({ reusedSocket }: ClientRequest): Error =>
  Object.assign(new Error(`no answer in time${reusedSocket ? ' over a connection that was kept' : ''}`), {
    name: 'TimeoutError',
    code: 'ETIMEDOUT',
  });

/** A whole body as text, of which at most `limit` bytes are kept. */
export async function textOf(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (size < limit) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}
