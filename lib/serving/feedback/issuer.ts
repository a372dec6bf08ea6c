import type { FeedbackOptions } from '#core/monitoring/feedback-options.ts';
import { type PredictionReader, predictionReader } from '#core/monitoring/prediction.ts';
import { signReceipt } from '#core/monitoring/receipts.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Clock } from '#core/ports.ts';
import type { Receipts, ServedModel } from '#serving/host.ts';
import type { HeldKeys } from './held-keys.ts';

export interface IssuerOptions {
  readonly keys: HeldKeys;
  /** By model; others give no receipts. */
  readonly models: Readonly<Record<string, FeedbackOptions>>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** The published version of the function that answers. @default - nothing is published: the model's version */
  readonly target?: string | undefined;
}

/** What all receipts of a version have in common. */
interface Stamp {
  readonly origin: string;
  readonly read: PredictionReader;
}

const NONCE_BYTES = 9;

/** Gives receipts to answers of one row, on the hot path: a few microseconds, most of it the two hashes. */
export class ReceiptIssuer implements Receipts {
  readonly #options: IssuerOptions;
  readonly #stamps = new WeakMap<ServedModel, Stamp | 'none'>();
  #prefix = '';
  #count = 0;

  constructor(options: IssuerOptions) {
    this.#options = options;
  }

  of(served: ServedModel, outputs: readonly Tensor[]): string | undefined {
    let stamp = this.#stamps.get(served);
    if (stamp === undefined) this.#stamps.set(served, (stamp = this.#stampOf(served)));
    const prediction = stamp === 'none' ? undefined : stamp.read(outputs);
    if (stamp === 'none' || prediction === undefined) return undefined;
    const { keys, clock } = this.#options;
    if (keys.current) {
      return signReceipt(keys.current, { origin: stamp.origin, prediction, at: clock(), nonce: this.#nonce() });
    }
    void keys.refresh();
    return undefined;
  }

  #stampOf({ name, version, model, manifest }: ServedModel): Stamp | 'none' {
    const options = Object.hasOwn(this.#options.models, name) ? this.#options.models[name] : undefined;
    if (!options) return 'none';
    const { labels, task } = manifest;
    const read = predictionReader({ outputs: model.signature.outputs, labels, task, output: options.output });
    if (read) {
      const origin = [name, version, this.#options.target ?? String(version)];
      return { origin: JSON.stringify(origin).slice(1, -1), read };
    }
    const fix = "Name one in 'feedback.output', or register it with labels.";
    process.emitWarning(
      `answers of ${name}:${version} carry no receipts: no output is known to be its prediction. ${fix}`,
    );
    return 'none';
  }

  /** Unique among processes by the prefix and within this one by the count. Drawn late: a snapshot of this process has none yet. */
  #nonce(): string {
    this.#prefix ||= Buffer.from(this.#options.random(NONCE_BYTES)).toString('base64url');
    return `${this.#prefix}-${(this.#count++).toString(36)}`;
  }
}
