import { setTimeout as sleep } from 'node:timers/promises';
import { watchedModels } from '#config/watched.ts';
import type { MonitorGauges } from '#serving/metrics/monitor-gauges.ts';
import { actionLine } from './monitor-lines.ts';
import { MonitorHere } from './monitor-here.ts';
import { say } from './output.ts';
import type { Workplace } from './registry.ts';

/** How often is looked whether a window is over, ms. */
const LOOK_MS = 60_000;

/** Watches the models of this machine until the signal ends it, and goes on with what was left in the middle. */
export async function watchLive(workplace: Workplace, signal: AbortSignal, gauges: MonitorGauges): Promise<void> {
  const models = Object.entries(watchedModels(workplace.config));
  if (models.length === 0 || !workplace.store.localPath) return;
  const monitor = new MonitorHere(workplace, { signal, put: (metrics) => gauges.put(metrics) });
  const warnings = new Warnings();
  for (const [name] of models) await warnings.of(name, () => monitor.actors.carryOn(name));
  while (!signal.aborted) {
    for (const [name, watched] of models) {
      await warnings.of(name, async () => {
        for (const action of await monitor.pass(name, watched)) say(`monitor: ${actionLine(action)}`);
      });
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  await monitor.actors.ended();
}

/** What fails each minute is told once. */
class Warnings {
  readonly #told = new Map<string, string>();

  async of(model: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#told.delete(model);
    } catch (error) {
      const { message } = error as Error;
      if (this.#told.get(model) !== message) say(`warning: ${model} is not watched: ${message}`);
      this.#told.set(model, message);
    }
  }
}
