import type { MonitorMetric } from '#core/monitoring/monitor/world.ts';

/** What monitoring has last measured of each model, for `/metrics`: as many values as models are watched. */
export class MonitorGauges {
  readonly #last = new Map<string, MonitorMetric>();

  put(metrics: readonly MonitorMetric[]): void {
    for (const metric of metrics) this.#last.set(`${metric.name} ${metric.model}`, metric);
  }

  of(name: MonitorMetric['name']): readonly MonitorMetric[] {
    return [...this.#last.values()].filter((metric) => metric.name === name);
  }
}
