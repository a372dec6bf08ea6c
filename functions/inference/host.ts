import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { openReader } from '#adapters/readers.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { parseReference } from '#core/model/reference.ts';
import type { Engine, ObjectReader } from '#core/ports.ts';
import type { Counters } from '#serving/metrics/tee.ts';
import type { Fetch } from '#serving/events/respond.ts';
import type { ServedModel } from '#serving/host.ts';
import { once } from './once.ts';
import type { Pin } from './pinned.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Seen by a profiler, and by the benchmark of cold starts. */
const mark = (what: string): unknown => performance.mark(`onnward:${what}`);

/** What Lambda lets in: a request's body cannot be larger. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** Memory that comes with one whole CPU, MB. Source: the Lambda developer guide, "Configure Lambda function memory". */
const MEMORY_OF_A_CPU = 1769;

/**
 * Loads the one model that the environment pins (`ONNWARD_STORE`, `ONNWARD_MODEL`, `ONNWARD_VERSION`), verified and warmed
 * up, and gives the serving core over it: inference by the short door, and for all else a router that is loaded once it is
 * needed. Throws `function.not_ready` (kind unavailable) with the reason, whatever that is.
 *
 * The store is asked first; the code that serves, and ONNX Runtime, are loaded while its answers are on their way.
 */
export async function openPinned(env: Environment): Promise<Fetch> {
  mark('begin');
  try {
    const { url, pin } = pinOf(env);
    const sent = Promise.withResolvers<void>();
    const store = await openReader(url, { env, onSent: sent.resolve });
    // Nothing is sent to a store of this machine.
    if (store.localPath) sent.resolve();
    const engine = Promise.withResolvers<Engine>();
    const loading = load(store, pin, env, engine.promise);
    // Its failure is for the last `await`, wherever it comes.
    await Promise.race([sent.promise, loading.catch(() => undefined)]);
    mark('asked');
    const serveWith = await importServing(engine, env);
    mark('imported');
    const served = await loading;
    mark('loaded');
    return serveWith(served);
  } catch (error) {
    throw notReady(error);
  }
}

async function load(store: ObjectReader, pin: Pin, env: Environment, engine: Promise<Engine>): Promise<ServedModel> {
  const [{ loadPinned }, { versionLoader }] = await Promise.all([
    import('./pinned.ts'),
    import('#adapters/version-loader.ts'),
  ]);
  const folder = tmpdir();
  const serving = { [pin.name]: { threads: threadsOf(env), exact: true } };
  const bringing = { onMissing: async (bytes: number) => (await import('./room.ts')).expectRoom(folder, bytes) };
  return loadPinned(
    store,
    pin,
    versionLoader({ store, engine, cacheFolder: join(folder, 'onnward'), bringing, serving }),
  );
}

/**
 * In pieces, each some milliseconds of the one processor, with turns of the event loop between them in which what came
 * from the store is taken and the next is asked for.
 */
async function importServing(
  engine: PromiseWithResolvers<Engine>,
  env: Environment,
): Promise<(served: ServedModel) => Fetch> {
  const { createEngine } = await import('#adapters/onnx/engine.ts');
  // A function computes one request at a time: no thread to run it in, no other request to share a run with.
  const native = createEngine({ workers: 0 });
  engine.resolve({
    load(...model) {
      mark('brought');
      return native.load(...model);
    },
  });
  await turn();
  (await import('#adapters/onnx/session.ts')).loadRuntime();
  await turn();
  const [{ shortDoor }, { hostOf }] = await Promise.all([
    import('#serving/events/short-door.ts'),
    import('./pinned.ts'),
  ]);
  await turn();
  await Promise.all([import('#serving/events/respond.ts'), import('./metrics.ts')]);
  const feedback = env['ONNWARD_FEEDBACK'] ? await (await import('./feedback.ts')).openFeedback(env) : undefined;
  const capturing = env['ONNWARD_CAPTURE'] ? await (await import('./capture.ts')).openCapture(env) : undefined;
  const limits = { maxBodyBytes: MAX_BODY_BYTES };
  return (served) => {
    capturing?.capture.check(served);
    const host = {
      ...hostOf(served),
      ...(feedback && { receipts: feedback.receipts }),
      ...(capturing && { capture: capturing.capture }),
    };
    const open = once(async () => (await import('./app.ts')).openApp(host, limits, env, feedback));
    const fetch = async (request: Request, metrics: Counters) => (await open()).fetch(request, { metrics });
    const short = shortDoor(host, limits);
    if (!capturing) return Object.assign(fetch, { short });
    return Object.assign((request: Request, metrics: Counters) => capturing.settled(fetch(request, metrics)), {
      short: (...asked: Parameters<typeof short>) => {
        const answer = short(...asked);
        return answer && capturing.settled(answer);
      },
    });
  };
}

function pinOf(env: Environment): { url: string; pin: Pin } {
  const { ONNWARD_STORE: url, ONNWARD_MODEL: model, ONNWARD_VERSION: version } = env;
  if (!url || !model) {
    throw invalid('function.unconfigured', 'the function lacks ONNWARD_STORE or ONNWARD_MODEL in its environment', {
      fix: 'Set them to a store and to a model of it.',
    });
  }
  if (!version) {
    throw invalid('function.unreleased', `no version of ${model} is released to this function yet`, {
      fix: `Run 'onnward deploy ${model}:VERSION', with a version of the registry.`,
    });
  }
  const { name, version: number } = parseReference(`${model}:${version}`);
  return { url, pin: { name, version: number as number } };
}

/** As many as the function's memory brings CPUs, unless the environment says otherwise. */
const threadsOf = ({ ONNWARD_THREADS: threads, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = '' }: Environment): number =>
  Number(threads) || Math.max(1, Math.round(Number(memory) / MEMORY_OF_A_CPU));

/** Only our own words on the model are for clients: what AWS, the store or the runtime say may name roles and buckets, and goes to the log. */
function notReady(cause: unknown): OnnwardError {
  const known = cause instanceof OnnwardError && !cause.code.startsWith('store.') ? cause : undefined;
  return new OnnwardError(`the model is not ready: ${known?.message.replace(/\.$/, '') ?? 'it could not be loaded'}`, {
    code: 'function.not_ready',
    kind: 'unavailable',
    fix: known?.fix ?? "The function's log says why; the next request tries again.",
    cause,
  });
}
