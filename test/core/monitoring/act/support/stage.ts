/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { writeOnce } from '#core/documents.ts';
import { act } from '#core/monitoring/act/act.ts';
import { type ActionStatus, listActions } from '#core/monitoring/act/actions.ts';
import type { Alarm } from '#core/monitoring/act/alarm.ts';
import { windowKey } from '#core/monitoring/keys.ts';
import type { Watched } from '#core/monitoring/monitor/documents.ts';
import type { MonitorNews, MonitorWorld } from '#core/monitoring/monitor/world.ts';
import type { WatchOptions } from '#core/monitoring/watch-options.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { documentKey } from '#core/training/keys.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import { draft } from '../../../../support/versions.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 10, 23);

export const WATCH: WatchOptions = {
  accuracy: { below: 0.9, window: '1h', minimum: 100, then: 'rollback' },
  drift: { then: 'retrain' },
};

/** A model of three versions, of which the second is live, and everybody who acts for it. */
export class Stage {
  readonly memory: MemoryStore = new MemoryStore(() => this.now);
  /** What the world is made of from now on: it may be one that dies. */
  store: ObjectStore = this.memory;
  now = START;
  readonly watch: WatchOptions;
  /** Each time that somebody was asked, by the action's id. */
  readonly asked: string[] = [];
  readonly news: MonitorNews[] = [];
  /** Who refuses, and how. */
  failure: Error | undefined;

  private constructor(watch: WatchOptions) {
    this.watch = watch;
  }

  static async open(watch: WatchOptions = WATCH): Promise<Stage> {
    const stage = new Stage(watch);
    const { registry } = stage.world;
    for (const content of ['one', 'two', 'three']) await registry.register('iris', draft(content));
    await stage.release(1);
    await stage.release(2);
    stage.now += HOUR_MS;
    return stage;
  }

  get world(): MonitorWorld {
    return {
      store: this.store,
      registry: new Registry(this.store, { clock: () => this.now, actor: 'monitor' }),
      clock: () => this.now,
      models: { iris: { watch: this.watch } },
      actors: {
        rollBack: async (_, { action, version, actor, reason }) => {
          this.#ask(action);
          if (version !== (await this.live())) throw moved();
          await this.release(1);
          await this.#registry().record(
            'iris',
            { action: 'rollback', actor, why: reason, from: version, to: 1 },
            {
              since: new Date(this.now).toISOString(),
              isSame: () => false,
            },
          );
          return 1;
        },
        retrain: async (_, { action }) => {
          this.#ask(action);
          const number = this.memory.keys.filter((key) => key.startsWith('begun/')).length + 1;
          return (await writeOnce(this.memory, `begun/${action}.json`, { training: `iris-t${number}` })).training;
        },
        notify: (news) => {
          this.news.push(news);
          return Promise.resolve();
        },
      },
      put: () => Promise.resolve(),
      hidden: () => Promise.reject(new Error('no engine here')),
    };
  }

  #ask(action: string): void {
    this.asked.push(action);
    if (this.failure) throw this.failure;
  }

  async live(): Promise<number | undefined> {
    return (await this.#registry().alias('iris', 'live'))?.version;
  }

  /** Live is now this, by a release. */
  async release(version: number, canary: object = {}): Promise<void> {
    await this.#registry().setReleased('iris', 'live', { version, target: String(version), ...canary });
  }

  async history(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await Array.fromAsync(this.#registry().history('iris'))).filter(({ action }) => action === 'act');
  }

  /** A window of the version that was live, in which a feature drifts, was looked at. */
  async window(version: number): Promise<void> {
    const [from, to] = [this.now - HOUR_MS, this.now].map((ms) => new Date(ms).toISOString());
    const id = `${from?.slice(0, 13)}-1h`;
    const drift = { state: 'drifting', rows: 300, features: [{ adjusted: 0, drifted: true, confirmed: true }] };
    const document = { format: 1, model: 'iris', window: id, from, to, version, drift, quality: [] };
    await writeOnce(this.memory, windowKey('iris', { id }), document);
  }

  alarm(about: Watched, state: Alarm['state'] = 'ALARM', more: Partial<Alarm> = {}): Alarm {
    const cause = `onnward-prod-iris-${about}`;
    const reason = `${about} is not what it was.`;
    return { model: 'iris', about, state, cause, told: `${cause} ${state} ${this.now}`, reason, at: this.now, ...more };
  }

  tell(about: Watched, state: Alarm['state'] = 'ALARM'): Promise<ActionStatus | undefined> {
    return act(this.world, this.alarm(about, state));
  }

  /** Kinds of all actions, the first one first; of what was not done, what was wanted. */
  async kinds(): Promise<string[]> {
    const actions = await listActions(this.memory, 'iris');
    return actions.map(({ request: { kind, instead } }) => (instead ? `${kind}, not ${instead.kind}` : kind)).reverse();
  }

  /** A training is under way. */
  async train(training: string): Promise<void> {
    await this.memory.put(documentKey(training, 'request'), Buffer.from(JSON.stringify({ training, model: 'iris' })));
  }

  #registry(): Registry {
    return new Registry(this.memory, { clock: () => this.now, actor: 'release' });
  }
}

const moved = (): OnnwardError =>
  new OnnwardError('iris@live was moved.', { code: 'rollback.moved', kind: 'conflict' });

/** Dies before its n-th write, counted from 0; `writes` counts them. */
export function mortal(
  store: ObjectStore,
  dies: number,
): { readonly store: ObjectStore; readonly writes: () => number } {
  let writes = 0;
  let isDead = false;
  const dying = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const isWrite = name === 'put' || name === 'write';
        if (isDead || (isWrite && writes++ === dies)) {
          isDead = true;
          return Promise.reject(new Error('killed'));
        }
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  return { store: dying, writes: () => writes };
}
