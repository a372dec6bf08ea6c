/** How often a version was loaded since the process began, or could not be. */
export interface ModelLoad {
  readonly model: string;
  readonly version: number;
  readonly loads: number;
  readonly failures: number;
  /** Of the loads that succeeded, summed. */
  readonly ms: number;
}

/** Versions that are kept; of more, the one that came first is forgotten. */
const KEPT = 1024;

/** Counts what a host loads. */
export class ModelLoads {
  readonly #loads = new Map<string, ModelLoad>();

  all(): readonly ModelLoad[] {
    return this.#loads.values().toArray();
  }

  succeeded(model: string, version: number, ms: number): void {
    const { loads, failures, ms: before } = this.#of(model, version);
    this.#set({ model, version, loads: loads + 1, failures, ms: before + ms });
  }

  failed(model: string, version: number): void {
    const { loads, failures, ms } = this.#of(model, version);
    this.#set({ model, version, loads, failures: failures + 1, ms });
  }

  #of(model: string, version: number): ModelLoad {
    return this.#loads.get(`${model}:${version}`) ?? { model, version, loads: 0, failures: 0, ms: 0 };
  }

  #set(load: ModelLoad): void {
    this.#loads.set(`${load.model}:${load.version}`, load);
    const [first] = this.#loads.keys();
    if (this.#loads.size > KEPT && first !== undefined) this.#loads.delete(first);
  }
}
