import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { parseReference, type Reference } from '#core/model/reference.ts';
import { Registry } from '#core/registry/registry.ts';
import { createApp } from '#serving/app.ts';
import { LiveHost } from '#serving/live-host.ts';
import type { Fetch } from './respond.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What Lambda lets in: a request's body cannot be larger. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** Memory that comes with one whole CPU, MB. Source: the Lambda developer guide, "Configure Lambda function memory". */
const MEMORY_OF_A_CPU = 1769;

/**
 * Loads the one model that the environment pins (`ONNWARD_STORE`, `ONNWARD_MODEL`, `ONNWARD_VERSION`), verified and warmed
 * up, and gives the serving core over it. Throws `function.not_ready` (kind unavailable) with the reason, whatever that is.
 */
export async function openPinned(env: Environment): Promise<Fetch> {
  try {
    const { store: url, reference } = pinOf(env);
    const store = await openStore(url);
    // A function computes one request at a time: no thread to run it in, no other request to share a run with.
    const engine = createEngine({ workers: 0 });
    const serving = { [reference.name]: { threads: threadsOf(env), exact: true } };
    const host = new LiveHost(new Registry(store, { clock: Date.now, actor: 'function' }), {
      references: [reference],
      load: versionLoader({ store, engine, cacheFolder: join(tmpdir(), 'onnward'), serving }),
    });
    await host.start();
    const app = createApp(host, { maxBodyBytes: MAX_BODY_BYTES });
    return (request, metrics) => app.fetch(request, { metrics });
  } catch (error) {
    throw notReady(error);
  }
}

function pinOf(env: Environment): { store: string; reference: Reference } {
  const { ONNWARD_STORE: store, ONNWARD_MODEL: model, ONNWARD_VERSION: version } = env;
  if (!store || !model) {
    throw invalid('function.unconfigured', 'the function lacks ONNWARD_STORE or ONNWARD_MODEL in its environment', {
      fix: 'Set them to a store and to a model of it.',
    });
  }
  if (!version) {
    throw invalid('function.unreleased', `no version of ${model} is released to this function yet`, {
      fix: `Run 'onnward release ${model}:VERSION'.`,
    });
  }
  return { store, reference: parseReference(`${model}:${version}`) };
}

const threadsOf = (env: Environment): number =>
  Math.max(1, Math.round(Number(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 0) / MEMORY_OF_A_CPU));

/** Only our own messages are for clients; what AWS or the runtime say may name roles and resources, and goes to the log. */
function notReady(cause: unknown): OnnwardError {
  const known = cause instanceof OnnwardError ? cause : undefined;
  return new OnnwardError(`the model is not ready: ${known?.message.replace(/\.$/, '') ?? 'it could not be loaded'}`, {
    code: 'function.not_ready',
    kind: 'unavailable',
    fix: known?.fix ?? "The function's log says why; the next request tries again.",
    cause,
  });
}
