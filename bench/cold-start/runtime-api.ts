import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What became of one function: times by `performance.now()`. */
export interface Served {
  /** When it first asked for an event: its initialisation was over. */
  readonly initialised: number;
  /** When the answer to each event was there, whole. */
  readonly answered: readonly number[];
  /** When each event was given out. */
  readonly given: readonly number[];
  /** Its answers, as JSON. */
  readonly results: readonly string[];
}

const PATH = '/2018-06-01/runtime';

/** The function's deadline, ms from now. */
const DEADLINE_MS = 30_000;

/**
 * The Lambda Runtime API, as far as a function needs it, for one function: gives out events one by one and takes the
 * answers. Stands where Lambda's own does, so that the clients are the real ones and no emulator is measured with them.
 * Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly address: string;
  readonly #server: Server;
  #events: readonly string[] = [];
  #settle: { resolve(served: Served): void; reject(error: Error): void } | undefined;
  #initialised = 0;
  #given: number[] = [];
  #answered: number[] = [];
  #results: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response));
  }

  static async listen(): Promise<RuntimeApi> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new RuntimeApi(server);
  }

  /** Gives these to the function that asks next, and settles when it has answered the last of them, or failed. */
  serve(events: readonly string[]): Promise<Served> {
    this.#events = events;
    this.#initialised = 0;
    [this.#given, this.#answered, this.#results] = [[], [], []];
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  fail(error: Error): void {
    this.#settle?.reject(error);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(PATH, '');
    if (path === '/invocation/next') return this.#give(response);
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const now = performance.now();
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (path.endsWith('/error')) return this.fail(new Error(`the function failed at ${path}: ${body}`));
    this.#answered.push(now);
    this.#results.push(body);
    if (this.#results.length < this.#events.length) return undefined;
    const [initialised, given, answered, results] = [this.#initialised, this.#given, this.#answered, this.#results];
    return this.#settle?.resolve({ initialised, given, answered, results });
  }

  /** Who asks for more than there is waits, as a function does between requests. */
  #give(response: ServerResponse): void {
    const index = this.#given.length;
    if (index === 0) this.#initialised = performance.now();
    const event = this.#events[index];
    if (event === undefined) return;
    this.#given.push(performance.now());
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': `8476a536-e9f4-11e8-9739-${String(index).padStart(12, '0')}`,
        'lambda-runtime-deadline-ms': `${Date.now() + DEADLINE_MS}`,
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:111122223333:function:function:1',
        'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
      })
      .end(event);
  }
}
