import type { JobRunner, ObjectStore } from '#core/ports.ts';

/** Ends everything right before the n-th effect: the one before it is made, and nobody has heard of it. */
export class Death {
  effects = 0;
  readonly #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  /** The same store, which dies with its process. */
  store(store: ObjectStore): ObjectStore {
    return this.#mortal(store, ['put', 'write']);
  }

  /** The jobs themselves live on. */
  jobs(jobs: JobRunner): JobRunner {
    return this.#mortal(jobs, ['submit', 'stop']);
  }

  #mortal<T extends object>(target: T, effects: readonly string[]): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          if (this.effects > this.#at) throw new Error('killed');
          if (effects.includes(String(name)) && this.effects++ === this.#at) throw new Error('killed');
          return (value as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
  }
}
