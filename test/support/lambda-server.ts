import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An exception of Lambda's, as its API reference has it. */
export class LambdaException extends Error {
  readonly status: number;

  constructor(name: string, status: number, message: string = name) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** What a test may make of a function or of one of its versions. */
export interface Configuration {
  Version: string;
  FunctionArn?: string;
  RevisionId: string;
  CodeSha256: string;
  PackageType: 'Zip' | 'Image';
  State: string;
  StateReason?: string;
  StateReasonCode?: string;
  LastUpdateStatus: string;
  LastUpdateStatusReason?: string;
  Environment?: { Variables?: Record<string, string>; Error?: { ErrorCode: string; Message: string } };
}

export interface Alias {
  FunctionVersion: string;
  RevisionId: string;
  RoutingConfig?: { AdditionalVersionWeights: Record<string, number> };
  Description?: string;
}

interface Invocation {
  readonly version: Configuration;
  readonly event: unknown;
}

type Step = (operation: string) => void | Promise<void>;

/**
 * One function behind Lambda's HTTP API, with the rules that races are about: a revision that changes with every write
 * and once more when an update completes, compare-and-swap, one update at a time, an unchanged function that is not
 * published twice. `before` runs before each call and may throw, or change things as somebody else would.
 */
export class LambdaServer {
  readonly endpoint: string;
  /** Every call in its order, as `PublishVersion` or `InvokeFunction 1`. */
  readonly calls: string[] = [];
  readonly latest: Configuration;
  readonly versions = new Map<string, Configuration>();
  readonly aliases = new Map<string, Alias>([['live', { FunctionVersion: '$LATEST', RevisionId: 'alias-1' }]]);
  readonly provisioned = new Map<string, { requested: number; status: string; reads: number; reason?: string }>();
  readonly tags: Record<string, string> = {};
  before: Step = () => undefined;
  /** How many reads an update, or a version that was just published, takes to be done. */
  slowness = 1;
  /** What a published version answers. */
  answer: (invocation: Invocation) => unknown = () => ({ statusCode: 200, body: '{}' });
  /** What becomes of a version once its reads are over. */
  outcome: Partial<Configuration> = { State: 'Active' };
  #revision = 0;
  #pending = 0;
  #marker = '0';
  #published = 0;
  readonly #arn: string;
  readonly #born = new Map<string, number>();
  readonly #name: string;
  readonly #server: Server;

  private constructor(server: Server, name: string) {
    this.#server = server;
    this.#name = name;
    this.#arn = `arn:aws:lambda:us-east-1:111122223333:function:${name}`;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.latest = {
      Version: '$LATEST',
      FunctionArn: this.#arn,
      RevisionId: this.#next(),
      CodeSha256: 'code-1',
      PackageType: 'Zip',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Environment: { Variables: { ONNWARD_STORE: 's3://bucket', ONNWARD_MODEL: 'iris', KEPT: 'yes' } },
    };
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(name: string): Promise<LambdaServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LambdaServer(server, name);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Somebody else changes the code of $LATEST. */
  deploy(codeSha256: string): void {
    this.latest.CodeSha256 = codeSha256;
    this.latest.RevisionId = this.#next();
  }

  /** Somebody else moves the alias. */
  point(version: string, more: Partial<Alias> = {}): void {
    this.aliases.set('live', { FunctionVersion: version, RevisionId: `alias-${this.#next()}`, ...more });
  }

  #next(): string {
    return `revision-${++this.#revision}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url ?? '', this.endpoint);
    const qualifier = url.searchParams.get('Qualifier') ?? undefined;
    this.#marker = url.searchParams.get('Marker') ?? '0';
    try {
      const [operation, act] = this.#route(request.method ?? '', url.pathname, qualifier, body);
      this.calls.push(qualifier === undefined ? operation : `${operation} ${qualifier}`);
      await this.before(operation);
      const { status = 200, headers = {}, result } = await act();
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(result === undefined ? '' : JSON.stringify(result));
    } catch (error) {
      const { name, status, message } =
        error instanceof LambdaException ? error : new LambdaException('ServiceException', 500);
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
      response.end(JSON.stringify({ message, Message: message }));
    }
  }

  #route(
    method: string,
    path: string,
    qualifier: string | undefined,
    body: string,
  ): [string, () => Answered | Promise<Answered>] {
    if (decodeURIComponent(path) === `/2017-03-31/tags/${this.#arn}`) {
      return ['ListTags', () => ({ result: { Tags: this.tags } })];
    }
    const [, name, rest = ''] = /^\/[\d-]+\/functions\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
    const input = (body === '' ? {} : JSON.parse(body)) as Record<string, never>;
    if (name !== this.#name) return ['Unknown', () => absent(`Function not found: ${name}`)];
    const routes: Record<string, [string, () => Answered | Promise<Answered>]> = {
      'GET configuration': ['GetFunctionConfiguration', () => this.#configuration(qualifier)],
      'PUT configuration': ['UpdateFunctionConfiguration', () => this.#update(input)],
      'POST versions': ['PublishVersion', () => this.#publish(input)],
      'GET versions': [
        'ListVersionsByFunction',
        () => this.#list([this.latest, ...this.versions.values()], 'Versions'),
      ],
      'GET aliases': ['ListAliases', () => this.#list([...this.aliases.values()], 'Aliases')],
      'DELETE ': ['DeleteFunction', () => this.#delete(qualifier)],
      'GET aliases/live': ['GetAlias', () => ({ result: this.#alias() })],
      'PUT aliases/live': ['UpdateAlias', () => this.#updateAlias(input)],
      'POST invocations': ['InvokeFunction', () => this.#invoke(qualifier, input)],
      'GET provisioned-concurrency': ['GetProvisionedConcurrencyConfig', () => this.#provisioning(qualifier)],
      'PUT provisioned-concurrency': ['PutProvisionedConcurrencyConfig', () => this.#provision(qualifier, input)],
      'DELETE provisioned-concurrency': ['DeleteProvisionedConcurrencyConfig', () => this.#unprovision(qualifier)],
    };
    return routes[`${method} ${rest}`] ?? ['Unknown', () => absent(`${method} ${path}`)];
  }

  #configuration(qualifier = '$LATEST'): Answered {
    if (qualifier === '$LATEST') {
      if (this.#pending > 0 && --this.#pending === 0) {
        Object.assign(this.latest, { LastUpdateStatus: 'Successful', RevisionId: this.#next() });
      }
      return { result: this.latest };
    }
    const version = this.versions.get(qualifier) ?? absent(`Version ${qualifier}`);
    const reads = this.#born.get(qualifier) ?? 0;
    this.#born.set(qualifier, reads - 1);
    if (reads === 0) Object.assign(version, this.outcome);
    return { result: version };
  }

  #update({ Environment, RevisionId }: { Environment?: Configuration['Environment']; RevisionId?: string }): Answered {
    if (this.#pending > 0) throw conflict(`An update is in progress for resource: ${this.#name}`);
    this.#compare(RevisionId, this.latest.RevisionId);
    Object.assign(this.latest, { Environment, RevisionId: this.#next(), LastUpdateStatus: 'InProgress' });
    this.#pending = this.slowness;
    return { result: this.latest };
  }

  #publish({ CodeSha256, RevisionId }: { CodeSha256?: string; RevisionId?: string }): Answered {
    if (this.#pending > 0) throw conflict(`An update is in progress for resource: ${this.#name}`);
    this.#compare(RevisionId, this.latest.RevisionId);
    if (CodeSha256 !== this.latest.CodeSha256) {
      const message = `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${this.latest.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`;
      throw new LambdaException('InvalidParameterValueException', 400, message);
    }
    const same = [...this.versions.values()].at(-1);
    if (same && same.CodeSha256 === CodeSha256 && sameEnvironment(same, this.latest))
      return { status: 201, result: same };
    const Version = String(++this.#published);
    const published = { ...structuredClone(this.latest), Version, RevisionId: this.#next(), State: 'Pending' };
    this.versions.set(Version, published);
    this.#born.set(Version, this.slowness);
    return { status: 201, result: published };
  }

  #alias(): Alias {
    return this.aliases.get('live') ?? absent('Alias live');
  }

  /** What is not said stays as it is, the weights too. */
  #updateAlias({ FunctionVersion = '', RevisionId, ...said }: Partial<Alias>): Answered {
    const current = this.#alias();
    this.#compare(RevisionId, current.RevisionId);
    const { RoutingConfig = current.RoutingConfig, Description = current.Description } = said;
    const weights = RoutingConfig?.AdditionalVersionWeights ?? {};
    for (const version of [FunctionVersion, ...Object.keys(weights)]) {
      if (!this.versions.has(version)) absent(`Version ${version}`);
    }
    if (weights[FunctionVersion] !== undefined || Object.values(weights).some((weight) => weight < 0 || weight > 1)) {
      throw new LambdaException('InvalidParameterValueException', 400, 'The routing is not one of two versions');
    }
    const routing = Object.keys(weights).length > 0 && { RoutingConfig: { AdditionalVersionWeights: weights } };
    this.point(FunctionVersion, { ...routing, ...(Description !== undefined && { Description }) });
    return { result: this.#alias() };
  }

  /** Two to a page. */
  #list(all: readonly object[], name: string): Answered {
    const start = Number(this.#marker);
    const more = start + 2 < all.length && { NextMarker: String(start + 2) };
    return { result: { [name]: all.slice(start, start + 2), ...more } };
  }

  #delete(qualifier = ''): Answered {
    const used = [...this.aliases.values()].flatMap(({ FunctionVersion, RoutingConfig }) => [
      FunctionVersion,
      ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}),
    ]);
    if (used.includes(qualifier)) throw conflict(`Version ${qualifier} is referenced by an alias`);
    if (!this.versions.delete(qualifier)) absent(`Version ${qualifier}`);
    return { status: 204 };
  }

  async #invoke(qualifier = '$LATEST', event: unknown): Promise<Answered> {
    const version = this.versions.get(qualifier) ?? absent(`Version ${qualifier}`);
    if (version.State === 'Inactive') {
      version.State = 'Pending';
      this.#born.set(qualifier, this.slowness);
      throw new LambdaException('ResourceConflictException', 409, 'The function is Inactive and is being activated');
    }
    const result = await this.answer({ version, event });
    if (!(result instanceof Crash)) return { result };
    const headers = {
      'x-amz-function-error': 'Unhandled',
      'x-amz-log-result': Buffer.from(result.log).toString('base64'),
    };
    return { result: { errorType: 'Error', errorMessage: result.message }, headers };
  }

  #provision(qualifier = '', { ProvisionedConcurrentExecutions = 0 }: Record<string, number>): Answered {
    this.provisioned.set(qualifier, {
      requested: ProvisionedConcurrentExecutions,
      status: 'READY',
      reads: this.slowness,
    });
    return { status: 202, result: { Status: 'IN_PROGRESS' } };
  }

  #provisioning(qualifier = ''): Answered {
    const found = this.provisioned.get(qualifier);
    if (!found) {
      const name = 'ProvisionedConcurrencyConfigNotFoundException';
      throw new LambdaException(name, 404, 'No Provisioned Concurrency Config found for this function');
    }
    const Status = found.reads-- > 0 ? 'IN_PROGRESS' : found.status;
    const reason = found.reason !== undefined && { StatusReason: found.reason };
    return { result: { Status, RequestedProvisionedConcurrentExecutions: found.requested, ...reason } };
  }

  #unprovision(qualifier = ''): Answered {
    if (!this.provisioned.delete(qualifier)) absent(`Provisioned concurrency of version ${qualifier}`);
    return { status: 204 };
  }

  #compare(given: string | undefined, current: string): void {
    if (given === undefined || given === current) return;
    const message =
      'The Revision Id provided does not match the latest Revision Id. Call the GetFunction API to retrieve it.';
    throw new LambdaException('PreconditionFailedException', 412, message);
  }
}

/** An invocation in which the function dies. */
export class Crash {
  readonly message: string;
  readonly log: string;

  constructor(message: string, log = '') {
    this.message = message;
    this.log = log;
  }
}

interface Answered {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly result?: unknown;
}

const sameEnvironment = (a: Configuration, b: Configuration): boolean =>
  JSON.stringify(a.Environment) === JSON.stringify(b.Environment);

const conflict = (message: string): LambdaException => new LambdaException('ResourceConflictException', 409, message);

function absent(what: string): never {
  throw new LambdaException('ResourceNotFoundException', 404, `${what} was not found`);
}
