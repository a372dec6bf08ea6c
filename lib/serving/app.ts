import { Hono, type Context } from 'hono';
import { OnnwardError } from '#core/errors.ts';
import { tooLarge } from './compression.ts';
import type { Host } from './host.ts';
import { JSON_TYPE, type BytesResponse, type Limits } from './message.ts';
import { infer } from './protocols/oip/infer.ts';
import * as metadata from './protocols/oip/metadata.ts';
import { statistics } from './protocols/oip/statistics.ts';
import { requestIdOf } from './request-id.ts';
import { errorResponse } from './status.ts';

type App = Hono<{ Variables: { requestId: string } }>;
type AppContext = Context<{ Variables: { requestId: string } }>;
type Handler = (context: AppContext) => BytesResponse | Promise<BytesResponse>;

/** Everything of the Open Inference Protocol over REST, as a web handler: `createApp(…).fetch(request)`. */
export function createApp(host: Host, limits: Limits): App {
  const app: App = new Hono();
  const get = (path: string, body: (context: AppContext) => object): void =>
    route(app, 'GET', path, (context) => json(body(context)));

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
    route(app, 'POST', `${path}/infer`, async (context) => {
      const body = await readBody(context, limits);
      const header = (name: string) => (name === 'x-request-id' ? idOf(context) : context.req.header(name));
      return infer(host, ...target(context), { header, body }, limits);
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

  app.notFound((context) => {
    const message = `no such route: ${context.req.path.slice(0, 200)}`;
    const error = new OnnwardError(message, { code: 'route.not_found', kind: 'not-found' });
    return respond(errorResponse(error, idOf(context)), context);
  });
  app.onError((error, context) => respond(errorResponse(error, idOf(context)), context));
  return app;
}

/** Serves one verb of a path (GET serves HEAD too) and refuses the others. */
function route(app: App, verb: 'GET' | 'POST', path: string, handler: Handler): void {
  app.on(verb, path, async (context) => respond(await handler(context), context));
  app.all(path, (context) => {
    const message = `${context.req.method} is not allowed here, expected ${verb}`;
    const body = JSON.stringify({ error: message });
    return respond({ status: 405, headers: { 'content-type': JSON_TYPE, allow: ALLOW[verb] }, body }, context);
  });
}

const ALLOW = { GET: 'GET, HEAD', POST: 'POST' };

const json = (body: object): BytesResponse => ({
  status: 200,
  headers: { 'content-type': JSON_TYPE },
  body: JSON.stringify(body),
});

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

/** Name and version of the path, percent-decoded. */
const target = ({ req }: AppContext): [name: string, version: string | undefined] => [
  req.param('name') as string,
  req.param('version'),
];

/** The body, given up as soon as it is seen to be over the limit. */
async function readBody({ req }: AppContext, { maxBodyBytes }: Limits): Promise<Uint8Array> {
  const length = Number(req.header('content-length') ?? 0);
  if (length > maxBodyBytes) throw tooLarge(`is ${length} bytes`, maxBodyBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of req.raw.body ?? []) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge('goes on for more', maxBodyBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
}
