import { homedir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { parseReference } from '#core/model/reference.ts';
import { typeOf } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { ServedModel } from '#serving/host.ts';
import { type HostEvent, LiveHost } from '#serving/live-host.ts';
import { type RunningServer, startServer } from '#serving/server.ts';
import { wholeNumber } from './arguments.ts';
import { curlLines } from './curl.ts';
import { print, printJson, say, style } from './output.ts';
import type { Workplace } from './registry.ts';
import { untilStopped } from './signals.ts';

/** Options of the commands that listen. */
export const LISTEN = {
  port: { type: 'string', valueHint: 'PORT', description: 'Where to listen; 0 takes a free one (default 8080)' },
  host: { type: 'string', valueHint: 'ADDRESS', description: 'Which interface; 0.0.0.0 is all (default 127.0.0.1)' },
} as const;

/** What the commands that listen were given. */
export interface ListenArguments {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly json?: boolean | undefined;
}

/** How this machine opens a version; `serving` of the configuration wins over the manifest's. */
export function loaderOf({ store, config }: Workplace): (manifest: Manifest) => Promise<LoadedModel> {
  const models = Object.entries(config.models ?? {});
  return versionLoader({
    store,
    engine: createEngine(),
    cacheFolder: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'onnward'),
    serving: Object.fromEntries(models.map(([name, { serving }]) => [name, serving])),
  });
}

/** Serves until a signal comes, answers what is under way, and returns. */
export async function serveUntilStopped(
  workplace: Workplace,
  references: readonly string[],
  args: ListenArguments,
): Promise<void> {
  const port = wholeNumber('port', args.port, 0, 65_535) ?? workplace.config.port ?? 8080;
  const host = new LiveHost(workplace.registry, {
    ...(references.length > 0 && { references: references.map(parseReference) }),
    load: loaderOf(workplace),
    onEvent: (event) => announce(event, host.ready),
  });
  try {
    await host.start();
    const server = await startServer(host, { port, ...(args.host !== undefined && { hostname: args.host }) });
    greet(workplace, host, server, args.json === true);
    await untilStopped(() => say('Stopping: answering what is under way. Once more ends it at once.'));
    await server.close();
  } finally {
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

function greet(workplace: Workplace, host: LiveHost, { url }: RunningServer, json: boolean): void {
  const ready = host.index().filter(({ state }) => state === 'READY');
  const served = ready.map(({ name, version }) => host.find(name, version));
  const store = workplace.store.url;
  if (json) {
    printJson({ url, store, models: served.map(({ name, version }) => ({ name, version })) });
    return;
  }
  print(`Onnward serves ${style('bold', url)} from ${store}\n`);
  for (const model of served) print(`  ${describe(model)}`);
  if (served.length === 0) print('  No model has a live version yet. Next: onnward register NAME PATH --alias live');
  else
    print(
      `\nTry:\n${curlLines(url, served)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  print('\nCtrl-C ends it.');
}

const describe = ({ name, version, manifest: { signature } }: ServedModel): string =>
  `${style('cyan', `${name}:${version}`)}  ${signature.inputs.map((spec) => `${spec.name} ${typeOf(spec)}`).join(', ')} -> ${signature.outputs
    .map((spec) => `${spec.name} ${typeOf(spec)}`)
    .join(', ')}`;
