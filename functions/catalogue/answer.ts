import { OnnwardError } from '#core/errors.ts';
import { createApp } from '#serving/app.ts';
import { within } from '#serving/within.ts';
import type { Catalogue } from './catalogue.ts';
import { hostOf, type View } from './host.ts';

/** A request for a model that is not here may have a body as large as Lambda lets in. */
const LIMITS = { maxBodyBytes: 6 * 1024 * 1024 };

/** What is known without a look at the registry: that the function runs, and what it is. */
const WITHOUT_REGISTRY = /^\/v2(\/|\/health\/live)?$/;

/** Milliseconds that the registry has to answer. */
const PATIENCE_MS = 5_000;

/** Answers one request. Throws `catalogue.unreadable` where the registry cannot be read. */
export async function answer(request: Request, open: () => Promise<Catalogue>): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: ALLOWED } });
  const { pathname } = new URL(request.url);
  const view = WITHOUT_REGISTRY.test(pathname) ? { entries: [] } : await look(pathname, open);
  return createApp(hostOf(view), LIMITS).fetch(request);
}

/** API Gateway adds to this what a page of an allowed origin may do. */
const ALLOWED = 'GET, HEAD, POST, OPTIONS';

async function look(path: string, open: () => Promise<Catalogue>): Promise<View> {
  try {
    return await within(PATIENCE_MS, viewFor(path, open), () => {
      throw new Error(`the registry did not answer within ${PATIENCE_MS} ms`);
    });
  } catch (cause) {
    // What S3 says may name buckets and roles, and goes to the log.
    throw new OnnwardError('the registry cannot be read', {
      code: 'catalogue.unreadable',
      kind: 'unavailable',
      fix: "The catalogue function's log says why; models go on answering.",
      cause,
    });
  }
}

async function viewFor(path: string, open: () => Promise<Catalogue>): Promise<View> {
  const catalogue = await open();
  const entries = await catalogue.index();
  const name = modelOf(path);
  if (name === undefined || catalogue.models.includes(name)) return { entries };
  return (await catalogue.isRegistered(name)) ? { entries, undeployed: name } : { entries };
}

/** The model that a path names, if any. */
function modelOf(path: string): string | undefined {
  const [, encoded] = /^\/v2\/models\/([^/]+)/.exec(path) ?? [];
  try {
    return encoded && decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
