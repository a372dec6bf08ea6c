import { Hono, type Context } from 'hono';
import { OnnwardError } from '#core/errors.ts';
import { acceptRequest } from './async/accept.ts';
import { prefersAsync } from './async/prefer.ts';
import type { AsyncRequests, Target } from './async/requests.ts';
import { deflate, tooLarge } from './compression.ts';
import { answerFeedback, feedbackLimits } from './feedback/answer.ts';
import type { ExplainOptions } from './explain/answer.ts';
import type { MonitorThresholds } from './monitor-call/answer.ts';
import type { Feedback } from './feedback/feedback.ts';
import type { Host } from './host.ts';
import { JSON_TYPE, type BytesRequest, type BytesResponse, type Limits } from './message.ts';
import type { Scrape } from './metrics/scrape.ts';
import type { Counters } from './metrics/tee.ts';
import { infer, refuse } from './protocols/oip/infer.ts';
import * as metadata from './protocols/oip/metadata.ts';
import { statistics } from './protocols/oip/statistics.ts';
import * as sagemaker from './protocols/sagemaker.ts';
import { requestIdOf } from './request-id.ts';
import { errorResponse } from './status.ts';

/** What comes with each request beside it: `app.fetch(request, { metrics })`. */
interface Bindings {
  /** Told of inference requests, and of feedback. @default - nobody counts them */
  readonly metrics?: Counters;
}

export interface AppOptions {
  /** Answers `GET /metrics`. @default - there is no such route */
  readonly scrape?: Scrape;
  /** Takes in requests that are answered later. @default - every request is answered at once, whatever it prefers */
  readonly requests?: AsyncRequests | undefined;
  /** Takes receipts back; the host gives them. @default - feedback is refused for every model */
  readonly feedback?: Feedback | undefined;
  /** How predictions are explained. @default - with the rows that a request brings to compare with */
  readonly explain?: ExplainOptions | undefined;
  /** What models are held to, for monitor calls that do not say it. @default - each says it */
  readonly thresholds?: MonitorThresholds | undefined;
}

// oxlint-disable-next-line typescript/consistent-type-definitions -- Hono takes types that have an index signature
type AppTypes = { Bindings: Bindings; Variables: { requestId: string } };
type App = Hono<AppTypes>;
type AppContext = Context<AppTypes>;
type Handler = (context: AppContext) => BytesResponse | Promise<BytesResponse>;
type Answer = (request: BytesRequest, context: AppContext) => Promise<BytesResponse>;

/** Every protocol over REST, as a web handler: `createApp(…).fetch(request)`. */
export function createApp(
  host: Host,
  limits: Limits,
  { scrape, requests, feedback, explain, thresholds }: AppOptions = {},
): App {
  const app: App = new Hono();
  const get = (path: string, body: (context: AppContext) => object): void =>
    route(app, 'GET', path, (context) => json(body(context)));
  const answers = (path: string, answer: Answer): void =>
    route(app, 'POST', path, async (context) => {
      const request = await readRequest(context, host, limits);
      return 'status' in request ? request : answer(request, context);
    });

  get('/v2', metadata.serverMetadata);
  get('/v2/', metadata.serverMetadata);
  get('/v2/health/live', () => ({ live: true }));
  get('/v2/health/ready', () => metadata.serverReady(host));
  get('/v2/models', () => ({ models: [...new Set(host.index().map(({ name }) => name))] }));
  get('/v2/models/stats', () => statistics(host));
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    const served = (context: AppContext) => host.find(...target(context));
    get(path, (context) => metadata.modelMetadata(served(context), host));
    get(`${path}/ready`, (context) => ({ name: served(context).name, ready: true }));
    get(`${path}/config`, (context) => metadata.modelConfig(served(context)));
    get(`${path}/stats`, (context) => statistics(host, ...target(context)));
    answers(`${path}/infer`, (request, context) =>
      requests && prefersAsync(request.header('prefer'))
        ? acceptRequest(requests, { host, ...named(context) }, request, counted(context))
        : infer(host, ...target(context), request, limits, metricsOf(context)),
    );
  }
  route(app, 'POST', '/v2/models/:name/feedback', async (context) => {
    const request = { ...headersOf(context), body: await readBody(context, feedbackLimits(limits)) };
    const [name, requestId] = [context.req.param('name') as string, idOf(context)];
    return answerFeedback(feedback, request, limits, { host, name, requestId, counter: metricsOf(context) });
  });
  for (const path of EXPLAIN_PATHS) {
    route(app, 'POST', path, async (context) => {
      const { answerExplain, explainLimits } = await import('./explain/answer.ts');
      const request = { ...headersOf(context), body: await readBody(context, explainLimits(limits)) };
      return answerExplain({ host, ...explained(context) }, request, limits, explain);
    });
  }
  for (const path of ['/monitor', '/v2/models/:name/monitor', '/v2/models/:name/versions/:version/monitor']) {
    route(app, 'POST', path, async (context) => {
      const { answerMonitor, monitorLimits } = await import('./monitor-call/answer.ts');
      const request = { ...headersOf(context), body: await readBody(context, monitorLimits(limits)) };
      return answerMonitor({ host, ...named(context) }, request, limits, thresholds);
    });
  }
  for (const path of ['/v2/repository', '/v2/repository/:repository']) {
    route(app, 'POST', `${path}/index`, async (context) =>
      json(metadata.repositoryIndex(host, await readBody(context, limits))),
    );
    for (const verb of ['load', 'unload']) {
      route(app, 'POST', `${path}/models/:name/${verb}`, (context) =>
        metadata.refuseLoading(verb, context.req.param('name') as string),
      );
    }
  }

  get('/execution-parameters', () => sagemaker.executionParameters(limits));
  route(app, 'GET', '/ping', () => sagemaker.ping(host));
  answers('/invocations', (request, context) => {
    context.set('requestId', sagemaker.inferenceIdOf(request));
    return sagemaker.invocations(host, request, limits, metricsOf(context));
  });
  if (scrape) route(app, 'GET', '/metrics', (context) => shown(scrape, context));
  if (requests) addRequests(app, host, limits, requests);

  app.notFound((context) => {
    const message = `no such route: ${context.req.path.slice(0, 200)}`;
    const error = new OnnwardError(message, { code: 'route.not_found', kind: 'not-found' });
    return respond(errorResponse(error, idOf(context)), context);
  });
  app.onError((error, context) => respond(errorResponse(error, idOf(context)), context));
  return app;
}

/** What becomes of requests that are answered later, and the way in for large ones. */
function addRequests(app: App, host: Host, limits: Limits, requests: AsyncRequests): void {
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    route(app, 'POST', `${path}/requests`, async (context) => {
      const request = { ...headersOf(context), body: await readBody(context, limits) };
      return requests.offer({ host, ...named(context) }, request, context.req.url);
    });
  }
  route(app, 'GET', '/v2/models/:name/requests/:id', (context) =>
    requests.look(
      { host, ...named(context) },
      context.req.param('id') as string,
      context.req.header('accept-encoding'),
    ),
  );
  if (!requests.receives) return;
  route(app, 'PUT', '/v2/models/:name/requests/:id/body', async (context) => {
    await requests.receive(
      { host, ...named(context) },
      context.req.param('id') as string,
      headersOf(context),
      bodyOf(context),
    );
    return { status: 200, headers: {}, body: '' };
  });
}

/** Serves one verb of a path (GET serves HEAD too) and refuses the others. */
function route(app: App, verb: keyof typeof ALLOW, path: string, handler: Handler): void {
  app.on(verb, path, async (context) => respond(await handler(context), context));
  app.all(path, (context) => {
    const message = `${context.req.method} is not allowed here, expected ${verb}`;
    const body = JSON.stringify({ error: message });
    return respond({ status: 405, headers: { 'content-type': JSON_TYPE, allow: ALLOW[verb] }, body }, context);
  });
}

const ALLOW = { GET: 'GET, HEAD', POST: 'POST', PUT: 'PUT' };

const json = (body: object): BytesResponse => ({
  status: 200,
  headers: { 'content-type': JSON_TYPE },
  body: JSON.stringify(body),
});

async function shown(scrape: Scrape, { req }: AppContext): Promise<BytesResponse> {
  const { type, text } = await scrape(req.header('accept'));
  const response = { status: 200, headers: { 'content-type': type }, body: text };
  return deflate(response, req.header('accept-encoding') ?? '');
}

function respond({ status, headers, body }: BytesResponse, context: AppContext): Response {
  return new Response(body as string | Uint8Array<ArrayBuffer>, {
    status,
    headers: { ...headers, 'x-request-id': idOf(context) },
  });
}

/** One id a request, made when it is first asked for. */
function idOf(context: AppContext): string {
  let id = context.get('requestId') as string | undefined;
  if (id === undefined) context.set('requestId', (id = requestIdOf(context.req.header('x-request-id'))));
  return id;
}

/** Hono leaves the bindings undefined where none are given, whatever its type says. */
const metricsOf = ({ env }: AppContext): Counters | undefined => (env as Bindings | undefined)?.metrics;

/** Name and version of the path, percent-decoded. */
const target = ({ req }: AppContext): [name: string, version: string | undefined] => [
  req.param('name') as string,
  req.param('version'),
];

/** KServe's own, and the same below the path of a model, where an API sends to a model's function all that there is. */
const EXPLAIN_PATHS = [
  '/v1/models/:explained{[^/]+(?::|%3[Aa])explain}',
  '/v1/models/:name/versions/:explained{[^/]+(?::|%3[Aa])explain}',
  '/v2/models/:name/explain',
  '/v2/models/:name/versions/:version/explain',
];

const explained = ({ req }: AppContext): Omit<Target, 'host'> => {
  const last = req.param('explained')?.slice(0, -':explain'.length);
  const name = req.param('name');
  return name === undefined
    ? { name: last as string, version: undefined }
    : { name, version: last ?? req.param('version') };
};

const named = (context: AppContext): Omit<Target, 'host'> => {
  const [name, version] = target(context);
  return { name, version };
};

const headersOf = ({ req }: AppContext) => ({ header: (name: string) => req.header(name) });

const counted = (context: AppContext) => ({ requestId: idOf(context), metrics: metricsOf(context) });

/** An inference request, whole; or the refusal of one whose body is too large. */
async function readRequest(context: AppContext, host: Host, limits: Limits): Promise<BytesRequest | BytesResponse> {
  const started = performance.now();
  try {
    const body = await readBody(context, limits);
    return { header: (name) => (name === 'x-request-id' ? idOf(context) : context.req.header(name)), body };
  } catch (error) {
    // A client that went away has refused itself.
    if (!(error instanceof OnnwardError)) throw error;
    const [name, requestId] = [context.req.param('name'), idOf(context)];
    return refuse(error, { host, name, requestId, started, metrics: metricsOf(context) });
  }
}

/** The body, given up as soon as it is seen to be over the limit. */
async function readBody({ req }: AppContext, { maxBodyBytes }: Limits): Promise<Uint8Array> {
  const length = Number(req.header('content-length') ?? 0);
  if (length > maxBodyBytes) throw tooLarge(`is ${length} bytes`, maxBodyBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf({ req })) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge('goes on for more', maxBodyBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
}

async function* bodyOf({ req }: Pick<AppContext, 'req'>): AsyncIterable<Uint8Array> {
  if (req.raw.body) yield* req.raw.body;
}
