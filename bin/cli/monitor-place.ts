import { checkName } from '#core/model/reference.ts';
import { watchedModels } from '#config/watched.ts';
import type { ActionStatus } from '#core/monitoring/act/actions.ts';
import { decideAction } from '#core/monitoring/act/decide.ts';
import { notWatched } from '#core/monitoring/monitor/monitor.ts';
import { forget } from '#core/monitoring/monitor/forget.ts';
import type { ActionDecision } from '#core/monitoring/monitor/documents.ts';
import type { Forgotten } from '#core/monitoring/capture/forget.ts';
import type { ObjectStore } from '#core/ports.ts';
import { usageError } from './arguments.ts';
import { MonitorHere } from './monitor-here.ts';
import { askMonitor, findMonitor } from './monitor-stage.ts';
import { actor, openWorkplace } from './registry.ts';
import { say } from './output.ts';
import { untilStopped } from './signals.ts';

/** Where a model is watched. */
export interface MonitorPlace {
  readonly store: ObjectStore;
  /** Names of all models that are watched there, as the configuration says. */
  readonly models: readonly string[];
  /** What a command needs more to look there: ` --stage NAME`, or nothing. */
  readonly where: string;
  /** Has a model looked at now, and alarms acted on. */
  look(model: string): Promise<void>;
  decide(action: string, said: Pick<ActionDecision, 'decision' | 'reason'>): Promise<ActionStatus>;
  forget(model: string, subject: string): Promise<Forgotten>;
}

interface PlaceArguments {
  readonly store?: string | undefined;
  readonly stage?: string | undefined;
}

/** The model that is named, or the only one. Throws `usage.missing_argument`, `monitor.not_watched`. */
export function watchedName(models: readonly string[], name: string | undefined): string {
  if (name === undefined) return onlyModel(models);
  if (models.includes(checkName(name))) return name;
  throw notWatched(name, models);
}

function onlyModel(models: readonly string[]): string {
  const [only, ...more] = models;
  if (only !== undefined && more.length === 0) return only;
  const there = only === undefined ? 'no model has watch' : `${models.join(' and ')} have watch`;
  throw usageError(
    'missing_argument',
    `NAME is missing, and in onnward.config.ts ${there}.`,
    'Name a model: onnward monitor NAME',
  );
}

/** This machine, or the stage that is named. */
export async function openMonitorPlace({ store, stage }: PlaceArguments): Promise<MonitorPlace> {
  if (stage === undefined) return here(store);
  if (store !== undefined) {
    throw usageError('either', '--stage and --store both say where models are watched.', 'Give one of them.');
  }
  const found = await findMonitor(stage);
  const { actor: person } = found;
  return {
    store: found.store,
    models: Object.keys(watchedModels(found.loaded.config)),
    where: ` --stage ${stage}`,
    look: async (model) => void (await askMonitor(found, { task: 'monitor', model })),
    decide: (action, said) =>
      askMonitor(found, { task: 'decide', action, actor: person, ...said }) as Promise<ActionStatus>,
    forget: (model, subject) =>
      askMonitor(found, { task: 'forget', model, subject, actor: person }) as Promise<Forgotten>,
  };
}

/** What takes long is seen to its end: nobody else may be at it. */
async function here(store: string | undefined): Promise<MonitorPlace> {
  const workplace = await openWorkplace({ store });
  const stop = new AbortController();
  const monitor = new MonitorHere(workplace, { signal: stop.signal, onMessage: say });
  const { world, actors } = monitor;
  const toItsEnd = async <T>(work: () => Promise<T>): Promise<T> => {
    void untilStopped(() => {
      say('Stopping: what is recorded stands, and is gone on with. Once more ends it at once.');
      stop.abort();
    });
    const done = await work();
    await actors.ended();
    return done;
  };
  return {
    store: workplace.store,
    models: Object.keys(world.models),
    where: '',
    look: (model) => {
      const watched = world.models[model];
      if (!watched) throw notWatched(model, Object.keys(world.models));
      return toItsEnd(async () => void (await monitor.pass(model, watched)));
    },
    decide: (action, said) => toItsEnd(() => decideAction(world, action, { actor: actor(), ...said })),
    forget: (model, subject) => forget(world, model, { subject, actor: actor() }),
  };
}
