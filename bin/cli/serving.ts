import { randomUUID } from 'node:crypto';
import { openChallenger } from '#adapters/local/traffic/challenger-child.ts';
import { TrafficCounts } from '#adapters/local/traffic/counts.ts';
import { Recorder } from '#adapters/local/recorder.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { parseReference } from '#core/model/reference.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { typeOf } from '#core/model/tensor.ts';
import type { Engine, LoadedModel } from '#core/ports.ts';
import { readyModels, type ServedModel } from '#serving/host.ts';
import { lazyBackgrounds } from '#serving/explain/lazily.ts';
import { type HostEvent, LiveHost } from '#serving/live-host.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { MonitorGauges } from '#serving/metrics/monitor-gauges.ts';
import { recording } from '#serving/split/recording.ts';
import type { ChallengerEvent } from '#serving/split/challenger.ts';
import type { SplitOptions } from '#serving/split/splits.ts';
import { wholeNumber } from './arguments.ts';
import { CACHE_FOLDER } from './cache.ts';
import { type LocalCapture, openCapture } from './capture.ts';
import { curlLines } from './curl.ts';
import { openFeedback } from './feedback.ts';
import { thresholdsIn } from './feedback-thresholds.ts';
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

/** Of the command that a release's shadow gets its requests from. */
export const RECORD = {
  record: {
    type: 'boolean',
    description:
      'Keep a sample of live requests and their answers in the store, as they are: with all that is personal in them',
  },
} as const;

/** Where and how a command was told to listen. */
interface Listening {
  readonly port: number;
  /** @default - this machine only */
  readonly hostname?: string;
  /** Threads for costly models. @default - one a core */
  readonly workers?: number;
  /** Keeps a sample of live requests. */
  readonly record: boolean;
  readonly json: boolean;
}

interface ListenArguments {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly workers?: string | undefined;
  readonly record?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Checked before anything is begun. */
export function listeningOf({ port, host, workers, record, json }: ListenArguments, { config }: Workplace): Listening {
  const threads = wholeNumber('workers', workers, 1, 1024);
  return {
    port: wholeNumber('port', port, 0, 65_535) ?? config.port ?? 8080,
    ...(host !== undefined && { hostname: host }),
    ...(threads !== undefined && { workers: threads }),
    record: record === true,
    json: json === true,
  };
}

/** How this machine opens a version; `serving` of the configuration wins over the manifest's. */
export function loaderOf({ store, config }: Workplace, engine: Engine): (manifest: Manifest) => Promise<LoadedModel> {
  return versionLoader({ store, engine, cacheFolder: CACHE_FOLDER, serving: servingOf(config) });
}

/** What the configuration says of serving, by model. */
const servingOf = ({ models = {} }: Workplace['config']) =>
  Object.fromEntries(Object.entries(models).map(([name, { serving }]) => [name, serving]));

/** Counts of a store on this machine, whose alias records say how live traffic is divided: elsewhere, functions do it. */
const countsOf = ({ store }: Workplace): TrafficCounts | undefined =>
  store.localPath && new TrafficCounts({ store, clock: Date.now, server: randomUUID() });

const splitBy = (counter: TrafficCounts, { store, config }: Workplace): SplitOptions => ({
  counter,
  isolate: (manifest, signal) =>
    openChallenger({ store: store.url, cacheFolder: CACHE_FOLDER, serving: servingOf(config) }, manifest, signal),
});

/** How live models are opened: those that `recorder` is given keep some of what they are asked. */
function liveLoader(workplace: Workplace, engine: Engine, recorder: Recorder | undefined) {
  const load = loaderOf(workplace, engine);
  if (!recorder) return load;
  return async (manifest: Manifest) => recording(await load(manifest), manifest, recorder, Date.now);
}

/** What goes on beside serving, until the signal ends it. */
type Beside = (workplace: Workplace, signal: AbortSignal, monitored: MonitorGauges) => Promise<void>;

/** Serves until a signal comes, answers what is under way, and returns. `beside` begins once all is served. */
export async function serveUntilStopped(
  workplace: Workplace,
  references: readonly string[],
  listening: Listening,
  beside?: Beside,
): Promise<void> {
  const counts = countsOf(workplace);
  const recorder = listening.record ? new Recorder({ store: workplace.store, clock: Date.now }) : undefined;
  const host = new LiveHost(workplace.registry, {
    ...(references.length > 0 && { references: references.map(parseReference) }),
    load: liveLoader(workplace, createEngine(listening), recorder),
    ...(counts && { split: splitBy(counts, workplace) }),
    onEvent: (event) => announce(event, host.ready),
  });
  const stopped = untilStopped(() => say('Stopping: answering what is under way. Once more ends it at once.'));
  // Listens first: a taken port is known before any model is loaded, and probes see a live process that is not ready.
  const later = await openRequests(workplace.store);
  const truths = await openFeedback(workplace);
  const captured = await openCapture(workplace);
  const monitored = new MonitorGauges();
  const server = await startServer(host, {
    ...listening,
    requests: later?.requests,
    feedback: truths?.feedback,
    thresholds: thresholdsIn(workplace.config),
    explain: { backgrounds: lazyBackgrounds(() => workplace.store) },
    capture: captured?.capture,
    ...(counts && { metrics: counts }),
    monitored,
  });
  try {
    await Promise.race([host.start(), stopped]);
    if (host.ready) checkCaptured(captured, host);
    void later?.start();
    if (host.ready) greet(workplace, host, server, listening.json);
    const ending = new AbortController();
    const besides = host.ready ? beside?.(workplace, ending.signal, monitored) : undefined;
    await stopped;
    ending.abort();
    await besides;
  } finally {
    await server.close();
    truths?.close();
    await Promise.all([later?.close(), captured?.close()]);
    await host.close();
    await Promise.all([counts?.close(), recorder?.close()]);
  }
}

/** Throws `capture.sensitive_unknown`: a slip of the pen would write down what is to be kept back. */
function checkCaptured(captured: LocalCapture | undefined, host: LiveHost): void {
  for (const served of readyModels(host)) captured?.capture.check(served);
}

/** A model that is swapped, or cannot be, while we serve; the greeting says what was there at the start. */
function announce(event: HostEvent, ready: boolean): void {
  if (!ready) return;
  if (event.kind === 'failed') {
    say(`warning: ${event.reference} is not served: ${(event.error as Error).message}`);
  } else if (event.kind === 'loaded') {
    say(`${event.name} is served at version ${event.version} (loaded in ${Math.round(event.ms)} ms)`);
  } else if (event.kind === 'challenger') {
    say(`${event.name}:${event.version}, which is tried in a process of its own, ${becomes(event.event)}`);
  }
}

const becomes = (event: ChallengerEvent): string =>
  event.kind === 'ready'
    ? `is ready (in ${Math.round(event.ms)} ms)`
    : `is gone: ${event.reason}. ${event.again ? 'It is started again.' : 'It is not started any more; the live version answers all requests.'}`;

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
