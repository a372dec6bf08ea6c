import type { Metric, Registry } from 'prom-client';
import { SERVER_METRICS, type ServerMetricDefinition } from '#core/monitoring/metrics.ts';
import type { FeedbackCounters } from '#core/monitoring/feedback-counters.ts';
import type { RequestCounters } from '#core/monitoring/request-counters.ts';
import type { Host } from '#serving/host.ts';
import { weightsOf } from '#serving/weights.ts';
import { type Families, familiesOf, type Sample } from './families.ts';

/** All metrics of this process, as text of the type that the scraper accepts. */
export type Scrape = (accept: string | undefined) => Promise<{ readonly type: string; readonly text: string }>;

type Format = 'text' | 'openmetrics';

/**
 * Shows what is counted. prom-client is imported and the process's own metrics begin with the first scrape: a server that
 * nobody scrapes pays nothing. Each format has a registry of its own, as prom-client renames counters for OpenMetrics.
 */
export function createScrape(host: Host, counters: RequestCounters, feedback: FeedbackCounters): Scrape {
  const registries = new Map<Format, Promise<Registry>>();
  return async (accept) => {
    const format = formatOf(accept);
    let registry = registries.get(format);
    if (!registry) registries.set(format, (registry = registryOf(format, familiesOf(host, counters, feedback))));
    const { contentType: type } = await registry;
    return { type, text: await (await registry).metrics() };
  };
}

function formatOf(accept: string | undefined): Format {
  const weights = weightsOf(accept ?? '');
  const open = weights.get('application/openmetrics-text') ?? 0;
  return open > 0 && open >= (weights.get('text/plain') ?? 0) ? 'openmetrics' : 'text';
}

async function registryOf(format: Format, families: Families): Promise<Registry> {
  const { Registry, collectDefaultMetrics } = await import('prom-client');
  const registry = new Registry();
  if (format === 'openmetrics') {
    // A registry's type depends on its content type, which for our one use of it would be two types for one thing.
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as unknown as typeof Registry.PROMETHEUS_CONTENT_TYPE);
  }
  for (const key of Object.keys(SERVER_METRICS) as (keyof typeof SERVER_METRICS)[]) {
    registry.registerMetric(new ReadMetric(SERVER_METRICS[key], families[key]) as unknown as Metric);
  }
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What prom-client's registry asks of a metric. It may change the name. */
class ReadMetric {
  name: string;
  readonly type: ServerMetricDefinition['type'];
  readonly help: string;
  readonly aggregator = 'sum';
  readonly #read: () => readonly Sample[];

  constructor({ prometheus, type, description }: ServerMetricDefinition, read: () => readonly Sample[]) {
    this.name = prometheus;
    this.type = type;
    this.help = description;
    this.#read = read;
  }

  get(): object {
    const { name, type, help, aggregator } = this;
    const values = this.#read().map(({ labels, value, suffix }) => ({
      labels,
      value,
      ...(suffix && { metricName: `${name}${suffix}` }),
    }));
    return { name, type, help, aggregator, values };
  }
}
