import { LATENCY_EXPONENTS, NO_MODEL, NO_VERSION, type SERVER_METRICS } from '#core/monitoring/metrics.ts';
import type { FeedbackCounters, FeedbackSeries } from '#core/monitoring/feedback-counters.ts';
import type { MonitorMetric } from '#core/monitoring/monitor/world.ts';
import type { RequestCounters, RequestSeries } from '#core/monitoring/request-counters.ts';
import { type Host, readyModels, type ServedModel } from '#serving/host.ts';
import type { ModelLoad } from '#serving/model-loads.ts';
import { planOf } from '#serving/protocols/oip/plan.ts';

type Labels = Readonly<Record<string, string | number>>;

/** One line of a scrape. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram's parts: `_bucket`, `_sum`, `_count`. @default '' */
  readonly suffix?: string;
}

/** Reads a metric's lines off what is counted, at the time of the scrape. */
export type Families = Readonly<Record<keyof typeof SERVER_METRICS, () => readonly Sample[]>>;

/** Ends of the buckets of how many requests share a run, which are 16 at most. */
const SHARED = [1, 2, 4, 8, 16];

const NS_A_SECOND = 1e9;
const MS_A_SECOND = 1e3;

/** Every metric of `SERVER_METRICS`, over the counters of requests and of feedback, and the models of the host. */
export function familiesOf(host: Host, counters: RequestCounters, feedback: FeedbackCounters): Families {
  const perSeries = (value: (series: RequestSeries) => number) => () =>
    counters.series().map((series) => ({ labels: labelsOf(series.model, series.version), value: value(series) }));
  const perModel = (value: (served: ServedModel) => number) => () =>
    readyModels(host).map((served) => ({ labels: labelsOf(served.name, served.version), value: value(served) }));
  const perLoad = (value: (load: ModelLoad) => number) => () =>
    (host.loads?.all() ?? []).map((load) => ({ labels: labelsOf(load.model, load.version), value: value(load) }));
  const perFeedback = (value: (series: FeedbackSeries) => number) => () =>
    feedback.series().map((series) => ({ labels: labelsOf(series.model, series.version), value: value(series) }));
  return {
    requests: perSeries(({ latencies }) => latencies.count),
    errors: perSeries(({ errors }) => errors),
    latency: () => counters.series().flatMap(latencyOf),
    refusals: () => counters.series().flatMap(refusalsOf),
    inFlight: perModel((served) => planOf(served).times.inFlight),
    shared: () => readyModels(host).flatMap(sharedOf),
    read: perModel((served) => planOf(served).times.inputNs / NS_A_SECOND),
    queue: perModel(({ model }) => model.statistics.queue.ns / NS_A_SECOND),
    compute: perModel(({ model }) => model.statistics.computeInfer.ns / NS_A_SECOND),
    write: perModel((served) => planOf(served).times.outputNs / NS_A_SECOND),
    ready: () => readinessOf(host),
    loads: perLoad(({ loads }) => loads),
    loadSeconds: perLoad(({ ms }) => ms / MS_A_SECOND),
    loadFailures: perLoad(({ failures }) => failures),
    feedback: perFeedback((series) => series.feedback),
    feedbackCorrect: perFeedback(({ correct }) => correct),
    feedbackUncounted: () =>
      feedback.uncounted().map(({ model, reason, times }) => ({ labels: { model, code: reason }, value: times })),
    quality: () => monitoredOf(host, 'Quality'),
    drift: () => monitoredOf(host, 'Drift'),
  };
}

const labelsOf = (model: string | undefined, version: number | string | undefined): Labels => ({
  model: model ?? NO_MODEL,
  version: version ?? NO_VERSION,
});

function latencyOf({ model, version, latencies }: RequestSeries): Sample[] {
  const counts = latencies.atMost(LATENCY_EXPONENTS);
  const buckets = LATENCY_EXPONENTS.map((exponent, index): [number, number] => [
    2 ** exponent / MS_A_SECOND,
    counts[index] as number,
  ]);
  return histogram(labelsOf(model, version), buckets, latencies.count, latencies.sumMs / MS_A_SECOND);
}

const refusalsOf = ({ model, version, refusals }: RequestSeries): Sample[] =>
  Array.from(refusals, ([code, value]) => ({ labels: { ...labelsOf(model, version), code }, value }));

function sharedOf({ name, version, model }: ServedModel): Sample[] {
  const { batches } = model.statistics;
  const runsOf = (end: number): number =>
    batches.reduce((sum, { size, count }) => (size <= end ? sum + count : sum), 0);
  const requests = batches.reduce((sum, { size, count }) => sum + size * count, 0);
  const buckets = SHARED.map((end): [number, number] => [end, runsOf(end)]);
  return histogram(labelsOf(name, version), buckets, runsOf(Infinity), requests);
}

/** Buckets come as their end and how many are at most that. */
function histogram(labels: Labels, buckets: readonly [number, number][], count: number, sum: number): Sample[] {
  return [
    ...buckets.map(([le, value]) => ({ labels: { ...labels, le }, value, suffix: '_bucket' })),
    { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
    { labels, value: sum, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}

const monitoredOf = (host: Host, name: MonitorMetric['name']): Sample[] =>
  (host.monitored?.of(name) ?? []).map(({ model, value }) => ({ labels: { model }, value }));

/** A version that two references name has one line, and is ready if either is. */
function readinessOf(host: Host): Sample[] {
  const ready = new Map<string, Sample>();
  for (const { name, version, state } of host.index()) {
    const key = `${name}:${version}`;
    const value = state === 'READY' ? 1 : (ready.get(key)?.value ?? 0);
    ready.set(key, { labels: labelsOf(name, version || undefined), value });
  }
  return ready.values().toArray();
}
