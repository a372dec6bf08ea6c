import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request; undefined: nothing. */
export type Fault =
  | undefined
  /** It is done, and its answer gets lost. */
  | 'lost-answer'
  /** It is refused as S3 does while another conditional write to the key is under way. */
  | 'undecided'
  /** The connection breaks in the middle of the answer's body. */
  | 'broken-body';

/** Stands before a real server and spoils requests, as networks do; signatures stay good, for it changes no header. */
export class FaultyProxy {
  readonly endpoint: string;
  /** Decides on each request. */
  fault: (method: string, path: string) => Fault = () => undefined;
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => this.#pass(incoming, outgoing));
  }

  static async before(target: string): Promise<FaultyProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyProxy(server, target);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url = '', rawHeaders } = incoming;
    const fault = this.fault(method, url);
    if (fault === 'undecided') {
      incoming.resume().on('end', () => outgoing.writeHead(409, { 'content-type': 'application/xml' }).end(CONFLICT));
      return;
    }
    const { hostname, port } = this.#target;
    const forward = request({ hostname, port, method, path: url, headers: rawHeaders, setHost: false });
    forward.on('error', () => outgoing.destroy());
    forward.on('response', (answer) => {
      if (fault === 'lost-answer') {
        answer.resume().on('end', () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
      if (fault === 'broken-body') breakIn(answer, outgoing);
      else answer.pipe(outgoing);
    });
    incoming.pipe(forward);
  }
}

/** Lets the first part of the body through. */
function breakIn(answer: IncomingMessage, outgoing: ServerResponse): void {
  answer.once('data', (chunk: Buffer) => {
    answer.destroy();
    outgoing.write(chunk, () => outgoing.destroy());
  });
}

/** The answer of S3's documentation. */
const CONFLICT = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot succeed due to a conflicting \
operation against this resource.</Message></Error>`;
