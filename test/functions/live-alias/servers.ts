import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on loopback that keeps what it is sent. */
abstract class Recorder {
  readonly received: Received[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  protected abstract respond(received: Received, response: ServerResponse): void;

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: await text(request) };
    this.received.push(received);
    this.respond(received, response);
  }
}

/** What Lambda refuses a call with: status, error code, message. `hang` never answers. */
export type Fault = readonly [number, string, string] | 'hang';

const ALIASES = /^\/2015-03-31\/functions\/([^/]+)\/aliases(?:\/([^/?]+))?$/;

/** The aliases of Lambda's API, as its reference has them: GetAlias and CreateAlias of the functions that there are. */
export class LambdaApi extends Recorder {
  /** By `function:alias`, what they point to. */
  readonly aliases = new Map<string, string>();
  readonly functions = new Set<string>();
  /** Met by the next calls, one each. */
  readonly faults: Fault[] = [];

  protected override respond({ method, path, body }: Received, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (fault === 'hang') return;
    const [, name = '', alias] = ALIASES.exec(path) ?? [];
    if (fault) refuse(response, fault);
    else if (!this.functions.has(name))
      refuse(response, [404, 'ResourceNotFoundException', `Function not found: ${name}`]);
    else if (method === 'GET') this.#get(name, alias ?? '', response);
    else this.#create(name, JSON.parse(body) as { Name: string; FunctionVersion: string }, response);
  }

  #get(name: string, alias: string, response: ServerResponse): void {
    const version = this.aliases.get(`${name}:${alias}`);
    if (version === undefined) refuse(response, [404, 'ResourceNotFoundException', 'Cannot find alias arn']);
    else send(response, 200, configurationOf(name, alias, version));
  }

  #create(name: string, alias: { Name: string; FunctionVersion: string }, response: ServerResponse): void {
    const key = `${name}:${alias.Name}`;
    if (this.aliases.has(key)) return refuse(response, [409, 'ResourceConflictException', 'Alias already exists']);
    this.aliases.set(key, alias.FunctionVersion);
    send(response, 201, configurationOf(name, alias.Name, alias.FunctionVersion));
  }
}

/** The place behind a ResponseURL. */
export class ResponsePlace extends Recorder {
  /** Statuses of the next answers; 200 after them. */
  readonly statuses: number[] = [];

  protected override respond(_: Received, response: ServerResponse): void {
    response.writeHead(this.statuses.shift() ?? 200).end();
  }

  get answers(): Record<string, unknown>[] {
    return this.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  }
}

export const arnOf = (name: string): string => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;

const configurationOf = (name: string, alias: string, version: string) => ({
  AliasArn: `${arnOf(name)}:${alias}`,
  Name: alias,
  FunctionVersion: version,
});

function refuse(response: ServerResponse, [status, code, Message]: Exclude<Fault, 'hang'>): void {
  response.setHeader('x-amzn-errortype', code);
  send(response, status, { Type: status < 500 ? 'User' : 'Server', Message });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
