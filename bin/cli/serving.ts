import { createEngine } from '#adapters/onnx/engine.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { parseReference } from '#core/model/reference.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { typeOf } from '#core/model/tensor.ts';
import type { Engine, LoadedModel } from '#core/ports.ts';
import type { ServedModel } from '#serving/host.ts';
import { type HostEvent, LiveHost } from '#serving/live-host.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { wholeNumber } from './arguments.ts';
import { CACHE_FOLDER } from './cache.ts';
import { curlLines } from './curl.ts';
import { print, printJson, say, style } from './output.ts';
import type { Workplace } from './registry.ts';
import { openRequests } from './requests.ts';
import { untilStopped } from './signals.ts';

/** Options of the commands that listen. */
export const LISTEN = {
  port: { type: 'string', valueHint: 'PORT', description: 'Where to listen; 0 takes a free one (default 8080)' },
  workers: { type: 'string', valueHint: 'N', description: 'Threads for costly models (default: one a core)' },
  host: { type: 'string', valueHint: 'ADDRESS', description: 'Which interface; 0.0.0.0 is all (default 127.0.0.1)' },
} as const;

/** Where and how a command was told to listen. */
interface Listening {
  readonly port: number;
  /** @default - this machine only */
  readonly hostname?: string;
  /** Threads for costly models. @default - one a core */
  readonly workers?: number;
  readonly json: boolean;
}

interface ListenArguments {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly workers?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Checked before anything is begun. */
export function listeningOf({ port, host, workers, json }: ListenArguments, { config }: Workplace): Listening {
  const threads = wholeNumber('workers', workers, 1, 1024);
  return {
    port: wholeNumber('port', port, 0, 65_535) ?? config.port ?? 8080,
    ...(host !== undefined && { hostname: host }),
    ...(threads !== undefined && { workers: threads }),
    json: json === true,
  };
}

/** How this machine opens a version; `serving` of the configuration wins over the manifest's. */
export function loaderOf({ store, config }: Workplace, engine: Engine): (manifest: Manifest) => Promise<LoadedModel> {
  const models = Object.entries(config.models ?? {});
  return versionLoader({
    store,
    engine,
    cacheFolder: CACHE_FOLDER,
    serving: Object.fromEntries(models.map(([name, { serving }]) => [name, serving])),
  });
}

/** What goes on beside serving, until the signal ends it. */
type Beside = (workplace: Workplace, signal: AbortSignal) => Promise<void>;

/** Serves until a signal comes, answers what is under way, and returns. `beside` begins once all is served. */
export async function serveUntilStopped(
  workplace: Workplace,
  references: readonly string[],
  listening: Listening,
  beside?: Beside,
): Promise<void> {
  const host = new LiveHost(workplace.registry, {
    ...(references.length > 0 && { references: references.map(parseReference) }),
    load: loaderOf(workplace, createEngine(listening)),
    onEvent: (event) => announce(event, host.ready),
  });
  const stopped = untilStopped(() => say('Stopping: answering what is under way. Once more ends it at once.'));
  // Listens first: a taken port is known before any model is loaded, and probes see a live process that is not ready.
  const later = await openRequests(workplace.store);
  const server = await startServer(host, { ...listening, requests: later?.requests });
  try {
    await Promise.race([host.start(), stopped]);
    void later?.start();
    if (host.ready) greet(workplace, host, server, listening.json);
    const ending = new AbortController();
    const besides = host.ready ? beside?.(workplace, ending.signal) : undefined;
    await stopped;
    ending.abort();
    await besides;
  } finally {
    await server.close();
    await later?.close();
    await host.close();
  }
}

/** A model that is swapped, or cannot be, while we serve; the greeting says what was there at the start. */
function announce(event: HostEvent, ready: boolean): void {
  if (!ready) return;
  if (event.kind === 'failed') {
    say(`warning: ${event.reference} is not served: ${(event.error as Error).message}`);
  } else if (event.kind === 'loaded') {
    say(`${event.name} is served at version ${event.version} (loaded in ${Math.round(event.ms)} ms)`);
  }
}

function greet({ store }: Workplace, host: LiveHost, { url }: RunningServer, json: boolean): void {
  const ready = host.index().filter(({ state }) => state === 'READY');
  const served = ready.map(({ name, version }) => host.find(name, version));
  if (json) printJson({ url, store: store.url, models: served.map(({ name, version }) => ({ name, version })) });
  else print(greeting(url, store.url, served).join('\n'));
}

function greeting(url: string, store: string, served: readonly ServedModel[]): string[] {
  const first = `Onnward serves ${style('bold', url)} from ${store}`;
  const last = ['', 'Ctrl-C ends it.'];
  if (served.length === 0) {
    return [first, '', '  No model has a live version yet. Next: onnward register NAME PATH --alias live', ...last];
  }
  const lines = curlLines(url, served).map((line) => `  ${line}`);
  return [first, '', ...served.map((model) => `  ${describe(model)}`), '', 'Try:', ...lines, ...last];
}

const listed = (specs: readonly TensorSpec[]): string => specs.map((spec) => `${spec.name} ${typeOf(spec)}`).join(', ');

function describe({ name, version, manifest: { signature } }: ServedModel): string {
  return `${style('cyan', `${name}:${version}`)}  ${listed(signature.inputs)} -> ${listed(signature.outputs)}`;
}
