import { S3Requests } from '#adapters/aws/s3-requests.ts';
import { openReader } from '#adapters/readers.ts';
import { PIN, REQUESTS_STORE } from '#core/deployment/names.ts';
import { WATCH_THRESHOLD, type WatchThreshold } from '#core/monitoring/watch-threshold.ts';
import { createApp } from '#serving/app.ts';
import { AsyncRequests } from '#serving/async/requests.ts';
import { lazyBackgrounds } from '#serving/explain/lazily.ts';
import type { Feedback } from '#serving/feedback/feedback.ts';
import type { Host } from '#serving/host.ts';
import type { Limits } from '#serving/message.ts';
import type { MonitorThresholds } from '#serving/monitor-call/answer.ts';
import type { Environment } from './host.ts';

/** The router for all that the short door leaves. Where the environment names a store, requests may go there and wait for their answers. */
export function openApp(
  host: Host,
  limits: Limits,
  env: Environment,
  feedback: Feedback | undefined,
): ReturnType<typeof createApp> {
  const url = env[REQUESTS_STORE];
  const requests = url ? new AsyncRequests({ store: S3Requests.open(url, { env }), clock: Date.now }) : undefined;
  const backgrounds = lazyBackgrounds(() => openReader(env[PIN.store] ?? '', { env }));
  return createApp(host, limits, { requests, feedback, explain: { backgrounds }, thresholds: thresholdsIn(env) });
}

function thresholdsIn({ [PIN.model]: model, [WATCH_THRESHOLD]: text }: Environment): MonitorThresholds {
  return model && text ? { [model]: JSON.parse(text) as WatchThreshold } : {};
}
