import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OnnwardError } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { InferenceOptions, LoadedModel, LoadOptions } from '#core/ports.ts';
import { closing, overloaded } from '../../onnx/requests.ts';
import { StatisticsRecorder } from '../../onnx/statistics.ts';
import { type FromProcess, heard, type ToProcess } from './messages.ts';

const script = (): string => fileURLToPath(import.meta.resolve('#adapters/local/traffic/challenger-process.ts'));

export interface ChallengerOptions {
  /** URL of the store that holds its files. */
  readonly store: string;
  /** Where files of a store that is not on this machine are kept. */
  readonly cacheFolder: string;
  /** What the configuration says of serving, by model name; wins over the manifest's. @default - nothing */
  readonly serving?: Readonly<Record<string, LoadOptions | undefined>>;
}

/** Ends the process of a version that does not take the model in, ms. */
const OPENING_LIMIT_MS = 120_000;

/**
 * Opens a version in a process of its own: a crash of it, a run without end or all the memory that it takes is its own.
 * Throws what it was refused for, `challenger.gone` where the process ended, or did not get there.
 */
export async function openChallenger(
  { store, cacheFolder, serving: configured }: ChallengerOptions,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<ChallengerModel> {
  const given = configured?.[manifest.name];
  const serving = { ...manifest.serving, ...given };
  const model = new ChallengerModel(manifest, serving);
  const giveUp = (): void => model.kill();
  const overdue = setTimeout(giveUp, OPENING_LIMIT_MS);
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    await model.open({ kind: 'open', manifest, store, cacheFolder, ...(given && { serving: given }) });
    return model;
  } catch (error) {
    model.kill();
    await model.ended;
    throw error;
  } finally {
    clearTimeout(overdue);
    signal?.removeEventListener('abort', giveUp);
  }
}

interface Asked {
  readonly inputs: readonly Tensor[];
  readonly sentMs: number;
  readonly overdue: NodeJS.Timeout;
  resolve(outputs: readonly Tensor[]): void;
  reject(error: Error): void;
}

/** A version in another process. What that logs goes nowhere, unless ONNWARD_DEBUG=1: then to stderr. */
export class ChallengerModel implements LoadedModel {
  readonly statistics = new StatisticsRecorder();
  /** Of the latest answer: milliseconds on its way there and back, and until it was read there. */
  transferMs = 0;
  /** Says why. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #reference: string;
  readonly #maxQueue: number;
  readonly #deadlineMs: number;
  readonly #asked = new Map<number, Asked>();
  readonly #opening = Promise.withResolvers<Signature>();
  #signature: Signature;
  #count = 0;
  #heardMs = 0;
  #closing = false;
  #drained: (() => void) | undefined;

  constructor({ name, version, signature }: Manifest, { maxQueue = 256, deadlineMs = 30_000 }: LoadOptions) {
    this.#reference = `${name}:${version}`;
    this.#signature = signature;
    this.#maxQueue = maxQueue;
    this.#deadlineMs = deadlineMs;
    const log = process.env['ONNWARD_DEBUG'] === '1' ? 2 : 'ignore';
    this.#process = fork(script(), [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#process.on('message', (message: FromProcess) => this.#hear(message));
    this.ended = new Promise((resolve) => {
      this.#process.on('error', (error) => resolve(error.message)); // it did not even begin
      this.#process.once('exit', (code, killer) => resolve(`its process ended with ${killer ?? code}`));
    });
    this.#opening.promise.catch(() => undefined);
    void this.ended.then((why) => this.#lose(why));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get signature(): Signature {
    return this.#signature;
  }

  async open(message: ToProcess): Promise<void> {
    this.#send(message);
    this.#signature = await this.#opening.promise;
  }

  infer(inputs: readonly Tensor[], options?: InferenceOptions): Promise<readonly Tensor[]> {
    if (this.#closing) return Promise.reject(closing());
    if (!this.#process.connected) return Promise.reject(this.#gone('its process is gone'));
    if (this.#asked.size >= this.#maxQueue) return Promise.reject(overloaded(this.#maxQueue));
    const id = ++this.#count;
    const deadlineMs = Math.min(options?.deadlineMs ?? this.#deadlineMs, this.#deadlineMs);
    return new Promise((resolve, reject) => {
      const sentMs = performance.now();
      const overdue = setTimeout(() => this.#expire(id, deadlineMs), deadlineMs);
      this.#asked.set(id, { inputs, sentMs, overdue, resolve, reject });
      this.#send({ kind: 'ask', id, inputs, deadlineMs });
    });
  }

  /** Answers what it was asked, each within its deadline, then ends the process. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#asked.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.kill();
    await this.ended;
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Where it cannot be sent the process is gone, and its end tells so. The bytes are taken before this returns. */
  #send(message: ToProcess): void {
    this.#process.send(message, () => undefined);
  }

  #hear(message: FromProcess): void {
    if (message.kind === 'opened') return this.#opening.resolve(message.signature);
    if (message.kind === 'refused') return this.#opening.reject(heard(message.error));
    this.#heardMs = performance.now();
    const asked = this.#take(message.id);
    if (!asked) return;
    const total = this.#heardMs - asked.sentMs;
    this.transferMs = Math.max(0, total - message.heldMs);
    if (message.kind === 'failure') return this.#fail(asked, heard(message.error));
    this.statistics.executed(1, asked.inputs[0]?.shape[0] ?? 1, message.heldMs);
    this.statistics.succeeded(this.transferMs, total);
    asked.resolve(message.outputs);
  }

  /** One that has said nothing for as long as a request may take at all hangs, and is ended: another one begins. */
  #expire(id: number, deadlineMs: number): void {
    const asked = this.#take(id);
    if (!asked) return;
    this.#fail(asked, expired(deadlineMs));
    if (deadlineMs === this.#deadlineMs && this.#heardMs < asked.sentMs) this.kill();
  }

  #lose(why: string): void {
    this.#opening.reject(this.#gone(why));
    for (const id of this.#asked.keys()) this.#fail(this.#take(id) as Asked, this.#gone(why));
  }

  #fail(asked: Asked, error: Error): void {
    this.statistics.failed(performance.now() - asked.sentMs);
    asked.reject(error);
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    if (!asked) return undefined;
    clearTimeout(asked.overdue);
    this.#asked.delete(id);
    if (this.#asked.size === 0) this.#drained?.();
    return asked;
  }

  #gone(why: string): OnnwardError {
    return new OnnwardError(`${this.#reference}, which is being tried, did not answer: ${why}`, {
      code: 'challenger.gone',
      kind: 'unavailable',
      fix: 'Send it again: the live version answers while this one is down.',
      fields: { reference: this.#reference },
    });
  }
}

const expired = (limit: number): OnnwardError =>
  new OnnwardError(`no answer within the deadline of ${Math.round(limit)} ms`, {
    code: 'model.deadline',
    kind: 'deadline',
    fix: 'Send fewer rows, or raise deadlineMs.',
    fields: { deadlineMs: limit },
  });
