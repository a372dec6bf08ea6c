import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type Reply } from './client.ts';

export interface LoadOptions {
  /** Of the server. */
  readonly url: string;
  /** One for all, or one for each number from 0. */
  readonly request: Buffer | ((number: number) => Buffer);
  /** Requests a second. */
  readonly rate: number;
  /** What has been answered to each. */
  readonly onReply?: (reply: Reply, number: number) => void;
}

/** One request of a load, as its client has seen it. */
export interface Answer {
  /** When it was due, by `performance.now()`. */
  readonly due: number;
  /** Milliseconds from when it was due to the whole answer: a request that was sent late has waited, too. */
  readonly ms: number;
  /** 0: the connection was lost. */
  readonly status: number;
  /** That answered. @default - it was refused, or failed */
  readonly version?: number;
  /** @default - it succeeded */
  readonly error?: string;
}

/**
 * Requests at a fixed rate, whether or not the ones before are answered: a server that stalls is not asked less. Each takes
 * a connection that is free, or a new one.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #answers: Answer[] = [];
  readonly #free: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#sending = this.#send();
  }

  /** Those that are answered by now. */
  get answers(): readonly Answer[] {
    return this.#answers;
  }

  /** Sends no more, waits for what is under way, and gives all answers. */
  async stop(): Promise<readonly Answer[]> {
    this.#stopped = true;
    await this.#sending;
    await Promise.all(this.#underWay);
    for (const connection of this.#all) connection.close();
    return this.#answers;
  }

  async #send(): Promise<void> {
    const start = performance.now();
    const everyMs = 1000 / this.#options.rate;
    for (let sent = 0; !this.#stopped;) {
      for (; start + sent * everyMs <= performance.now() && !this.#stopped; sent++) {
        this.#ask(start + sent * everyMs, sent);
      }
      await sleep(Math.max(1, start + sent * everyMs - performance.now()));
    }
  }

  #ask(due: number, number: number): void {
    const asked = this.#answer(due, number).finally(() => this.#underWay.delete(asked));
    this.#underWay.add(asked);
  }

  async #answer(due: number, number: number): Promise<void> {
    const { request, onReply } = this.#options;
    const connection = this.#free.pop() ?? this.#connect();
    try {
      const reply = await connection.ask(typeof request === 'function' ? request(number) : request);
      this.#free.push(connection);
      onReply?.(reply, number);
      this.#answers.push({ due, ms: performance.now() - due, status: reply.status, ...said(reply) });
    } catch (error) {
      this.#all.delete(connection);
      this.#answers.push({ due, ms: performance.now() - due, status: 0, error: (error as Error).message });
    }
  }

  #connect(): Connection {
    const { hostname, port } = new URL(this.#options.url);
    const connection = new Connection(hostname, Number(port));
    this.#all.add(connection);
    return connection;
  }
}

/** The load for so long. */
export async function loadFor(options: LoadOptions, seconds: number): Promise<readonly Answer[]> {
  const load = new Load(options);
  await sleep(seconds * 1000);
  return load.stop();
}

function said({ status, body }: Reply): Pick<Answer, 'version' | 'error'> {
  const answer = JSON.parse(body) as { model_version?: string; error?: string };
  return status === 200 ? { version: Number(answer.model_version) } : { error: answer.error ?? '' };
}

export const answeredBy = (answers: readonly Answer[], version: number): readonly Answer[] =>
  answers.filter((answer) => answer.version === version);

export const failed = (answers: readonly Answer[]): readonly Answer[] => answers.filter(({ status }) => status !== 200);

/** Milliseconds that a share `q` (0 to 1) of the answers took at most; NaN where there are none. */
export function quantileMs(answers: readonly Answer[], q: number): number {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
