import { openFunction } from '#adapters/local/workflow/functions.ts';
import { watchedModels } from '#config/watched.ts';
import { MONITOR, PIN } from '#core/deployment/names.ts';
import type { ActionStatus } from '#core/monitoring/act/actions.ts';
import { raiseAlarms } from '#core/monitoring/act/raise.ts';
import { settleActions } from '#core/monitoring/act/settle.ts';
import { dueWindows, windowHours } from '#core/monitoring/monitor/due.ts';
import { lastEnd, lastWindows } from '#core/monitoring/monitor/last-windows.ts';
import { metricsOf } from '#core/monitoring/monitor/metrics-of.ts';
import type { MonitorMetric, MonitorWorld, WatchedModel } from '#core/monitoring/monitor/world.ts';
import { functionFailure } from './function-failure.ts';
import { LocalActors } from './monitor-actors.ts';
import type { Workplace } from './registry.ts';

/** How long what is under way may go on at the end, ms. */
const GRACE_MS = 1_000;

/** Windows behind which the last number of each metric is. */
const MEASURED = 24;

export interface MonitorHereOptions {
  /** Aborted, it ends with what is under way. */
  readonly signal: AbortSignal;
  /** Takes what is measured. @default - nobody does */
  readonly put?: (metrics: readonly MonitorMetric[]) => void;
  readonly onMessage?: (line: string) => void;
}

/**
 * Monitoring on this machine. Windows are looked at in a process of its own, which all else goes before; alarms are raised and
 * acted on here.
 */
export class MonitorHere {
  readonly world: MonitorWorld;
  readonly actors: LocalActors;
  readonly #workplace: Workplace;

  constructor(workplace: Workplace, { signal, put, onMessage }: MonitorHereOptions) {
    this.#workplace = workplace;
    this.actors = new LocalActors(workplace, signal);
    this.world = {
      store: workplace.store,
      registry: workplace.registry,
      clock: Date.now,
      models: watchedModels(workplace.config),
      actors: this.actors,
      put: (metrics) => Promise.resolve(put?.(metrics)),
      // Its own process looks at windows.
      hidden: () => Promise.reject(new Error('windows are looked at in a process of its own')),
      ...(onMessage && { onMessage }),
    };
  }

  /** Looks at the windows of a model that are over, raises alarms and acts on them. Throws what looking throws. */
  async pass(model: string, watched: WatchedModel): Promise<readonly ActionStatus[]> {
    while (await this.#isDue(model, watched)) if (!(await this.#look(model))) break;
    await this.#measure(model, watched);
    const begun = await raiseAlarms(this.world, model);
    return [...begun, ...(await settleActions(this.world, model))];
  }

  async #isDue(model: string, { watch }: WatchedModel): Promise<boolean> {
    const { store, clock } = this.world;
    const now = clock();
    const last = await lastEnd(store, model, now);
    return (await dueWindows(store, model, { now, hours: windowHours(watch), last })).windows.length > 0;
  }

  /** What was found out is measured here: the process that looks shows no `/metrics`. */
  async #measure(model: string, { watch }: WatchedModel): Promise<void> {
    const windows = await lastWindows(this.world.store, model, MEASURED, this.world.clock());
    for (const window of windows) await this.world.put(metricsOf(watch, window));
  }

  /** Whether there is more to look at. */
  async #look(model: string): Promise<boolean> {
    const { store } = this.#workplace;
    const monitor = openFunction({
      handler: 'functions/monitoring/handler.ts',
      processes: 1,
      background: true,
      environment: {
        [PIN.store]: store.url,
        [MONITOR.stage]: '',
        [MONITOR.models]: JSON.stringify(this.world.models),
      },
    });
    try {
      return ((await monitor.invoke({ task: 'look', model })) as { readonly more: boolean }).more;
    } catch (error) {
      throw functionFailure(error, {
        code: 'monitor.failed',
        what: `${model} could not be looked at`,
        fix: 'Run it again: what is recorded stands. With ONNWARD_DEBUG=1 you see what its process prints.',
        fields: { model },
      });
    } finally {
      await monitor.close(GRACE_MS);
    }
  }
}
