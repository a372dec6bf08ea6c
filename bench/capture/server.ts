/**
 * What the benchmark of capture asks: `node bench/capture/server.ts KIND PORT FOLDER`, KIND `nothing`, `capture` or
 * `receipts`. `nothing` is a server without even the counters of `/metrics`, which no server of Onnward is.
 */
import { createServer } from 'node:http';
import { openCapture } from '../../bin/cli/capture.ts';
import { registerExamples } from '../../bin/cli/examples.ts';
import { openFeedback } from '../../bin/cli/feedback.ts';
import { openStore } from '#adapters/stores.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { Registry } from '#core/registry/registry.ts';
import { Door } from '#serving/door/door.ts';
import { LiveHost } from '#serving/live-host.ts';
import { startServer } from '#serving/server.ts';
import type { Workplace } from '../../bin/cli/registry.ts';

const [kind, port = '', folder = ''] = process.argv.slice(2);

const store = await openStore(`file:${folder}`);
const registry = new Registry(store, { clock: Date.now, actor: 'bench' });
const settings = { capture: kind !== 'nothing', feedback: kind === 'receipts' };
const config = { models: { iris: settings, digits: settings } };
const workplace = { store, registry, config } as unknown as Workplace;
await registerExamples(workplace);

const load = versionLoader({ store, engine: createEngine(), cacheFolder: folder });
const host = new LiveHost(registry, { load });
await host.start();
const stopped = new Promise((resolve) => process.once('SIGTERM', resolve));
if (kind === 'nothing') {
  const server = createServer((_, response) => response.end());
  const door = new Door(server, host, { maxBodyBytes: 1 << 20 }, 60_000, { record: () => undefined });
  server.listen(Number(port), '127.0.0.1');
  await stopped;
  door.close();
  server.close();
} else {
  const captured = await openCapture(workplace);
  const truths = await openFeedback(workplace);
  const server = await startServer(host, {
    port: Number(port),
    capture: captured?.capture,
    feedback: truths?.feedback,
  });
  await stopped;
  await server.close();
  truths?.close();
  await captured?.close();
}
await host.close();
