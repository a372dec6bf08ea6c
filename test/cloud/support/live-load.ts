import type { Answer, ApiClient } from './api.ts';

/** Clients that ask without a pause, until they are told to stop. */
export class LiveLoad {
  readonly answers: Answer[] = [];
  readonly #stop = new AbortController();
  readonly #clients: readonly Promise<void>[];

  /** So many clients, each of which asks again as soon as it has its answer. */
  constructor(api: ApiClient, path: string, body: object, clients = 3) {
    const ask = async (): Promise<void> => {
      while (!this.#stop.signal.aborted) this.answers.push(await api.post(path, body));
    };
    this.#clients = Array.from({ length: clients }, ask);
  }

  /** How often each status was answered. */
  statuses(): Record<string, number> {
    const counted: Record<string, number> = {};
    for (const { status } of this.answers) counted[status] = (counted[status] ?? 0) + 1;
    return counted;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#clients);
  }
}
