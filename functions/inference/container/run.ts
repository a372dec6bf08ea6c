import { createEngine } from '#adapters/onnx/engine.ts';
import { readyModels } from '#serving/host.ts';
import { startServer } from '#serving/server.ts';
import type { Environment } from '../host.ts';
import { openContainerCapture } from './capture.ts';
import { openHost } from './models.ts';
import { portOf } from './port.ts';

/** Who stops a container kills it 30 s after SIGTERM: a client that takes longer to send its request is not waited for, ms. */
const DRAIN_MS = 25_000;

/** Before a model is loaded nothing is under way but its loading, which nobody waits for any more, ms. */
const ABANDON_MS = 5_000;

/**
 * Serves on every interface until SIGTERM or SIGINT, answers what is under way, and returns. Listens first, so that health
 * checks are answered (503) while models load. Throws what is wrong with the environment, the models or the port.
 */
export async function serveUntilStopped(env: Environment): Promise<void> {
  const stopped = untilStopped();
  const port = portOf(env);
  const host = await openHost(env, createEngine());
  const captured = await openContainerCapture(env);
  const server = await startServer(host, {
    port,
    hostname: '0.0.0.0',
    capture: captured?.capture,
    explain: { backgrounds: host.backgrounds },
  });
  try {
    await Promise.race([host.start(), stopped]);
    // What is sensitive and not found is better known now than written down.
    if (host.ready) for (const served of readyModels(host)) captured?.capture.check(served);
    if (host.ready) log(`serving ${describe(host.index())} at ${server.url}`);
    await stopped;
    setTimeout(() => process.exit(0), host.ready ? DRAIN_MS : ABANDON_MS).unref();
  } finally {
    await server.close();
    await captured?.close();
    await host.close();
  }
}

const describe = (models: readonly { readonly name: string; readonly version: string }[]): string =>
  models.map(({ name, version }) => (version ? `${name}:${version}` : `${name} (no live version)`)).join(', ') ||
  'no model yet';

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        log(`${signal}: answering what is under way`);
        resolve();
      });
    }
  });
}

// oxlint-disable-next-line no-console -- a container's log is its console
const log = (line: string): void => console.log(line);
