import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OnnwardError } from '#core/errors.ts';
import { FeedbackCounters } from '#core/monitoring/feedback-counters.ts';
import { RequestCounters } from '#core/monitoring/request-counters.ts';
import { getRequestListener } from '@hono/node-server';
import { createApp } from './app.ts';
import type { AsyncRequests } from './async/requests.ts';
import { Door } from './door/door.ts';
import { extendedHost } from './extended-host.ts';
import type { MonitorGauges } from './metrics/monitor-gauges.ts';
import type { ExplainOptions } from './explain/answer.ts';
import type { MonitorThresholds } from './monitor-call/answer.ts';
import type { Feedback } from './feedback/feedback.ts';
import type { Capture, Host } from './host.ts';
import type { Limits } from './message.ts';
import { createScrape } from './metrics/scrape.ts';
import { type Counters, tee } from './metrics/tee.ts';

export interface ServerOptions {
  /** 0 takes a free one. @default 8080 */
  readonly port?: number;
  /** @default '127.0.0.1' - this machine only */
  readonly hostname?: string;
  /** Bytes of a request's body. @default 64 MiB */
  readonly maxBodyBytes?: number;
  /** Takes in requests that are answered later. @default - every request is answered at once */
  readonly requests?: AsyncRequests | undefined;
  /** Told of inference requests, and of feedback, beside `/metrics`. @default - nobody else */
  readonly metrics?: Counters;
  /** Gives receipts to answers, and takes them back with the truth. @default - answers carry none */
  readonly feedback?: Feedback | undefined;
  /** Keeps a sample of requests and their answers. @default - nothing is captured */
  readonly capture?: Capture | undefined;
  /** How predictions are explained. @default - with the rows that a request brings to compare with */
  readonly explain?: ExplainOptions | undefined;
  /** What monitoring has measured, for `/metrics`. @default - nothing is watched here */
  readonly monitored?: MonitorGauges | undefined;
  /** What models are held to, for monitor calls that do not say it. @default - each says it */
  readonly thresholds?: MonitorThresholds | undefined;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no new connection, answers what is under way, then resolves. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A client that sends its header or its body more slowly than this holds a connection for nothing, ms. */
const REQUEST_TIMEOUT_MS = 60_000;

const IDLE_SWEEP_MS = 20;

/** Longer than the idle time of the usual load balancers (60 s), so that it is never we who close under a request. */
const KEEP_ALIVE_MS = 65_000;

/** Serves `models` over HTTP, and what it does at `/metrics`. Throws `server.port_in_use`, `server.cannot_listen`. */
export async function startServer(models: Host, options: ServerOptions = {}): Promise<RunningServer> {
  const {
    port = 8080,
    hostname = '127.0.0.1',
    maxBodyBytes = MAX_BODY_BYTES,
    requests,
    feedback,
    capture,
    explain,
    monitored,
    thresholds,
  } = options;
  const host = extendedHost(models, {
    ...(feedback && { receipts: feedback.receipts }),
    ...(capture && { capture }),
    ...(monitored && { monitored }),
  });
  const limits: Limits = { maxBodyBytes };
  const counters = new RequestCounters();
  const returned = new FeedbackCounters();
  const own: Counters = {
    record: (request) => counters.record(request),
    recordFeedback: (piece) => returned.recordFeedback(piece),
    recordUncounted: (pieces) => returned.recordUncounted(pieces),
  };
  const metrics = options.metrics ? tee(own, options.metrics) : own;
  const app = createApp(host, limits, {
    scrape: createScrape(host, counters, returned),
    requests,
    feedback,
    explain,
    thresholds,
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS, noDelay: true },
    getRequestListener((request) => app.fetch(request, { metrics }), { overrideGlobalObjects: false }),
  );
  const door = new Door(server, host, limits, KEEP_ALIVE_MS, metrics);
  await listen(server, port, hostname);
  const { port: bound, family, address } = server.address() as AddressInfo;
  const authority = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${authority}:${bound}`, close: () => close(server, door) };
}

function listen(server: Server, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, port, hostname)));
    server.listen(port, hostname, resolve);
  });
}

/** A kept-alive connection goes idle only after its request under way is answered: look again until all are gone. */
function close(server: Server, door: Door): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
    door.close();
  });
}

function cannotListen(error: NodeJS.ErrnoException, port: number, hostname: string): OnnwardError {
  if (error.code === 'EADDRINUSE') {
    return new OnnwardError(`port ${port} on ${hostname} is in use by another program`, {
      code: 'server.port_in_use',
      kind: 'conflict',
      fix: `Choose another: --port ${port + 1}.`,
      fields: { port, hostname },
    });
  }
  return new OnnwardError(`cannot listen on ${hostname}:${port}: ${error.message}`, {
    code: 'server.cannot_listen',
    kind: 'unavailable',
    fix: 'Check --host and --port; ports below 1024 need root.',
    fields: { port, hostname },
    cause: error,
  });
}
