import { randomBytes } from 'node:crypto';
import { atMost } from '#core/at-most.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { type FeedbackCounter, feedbackKey, feedbackRecord, judge, parseTruth } from '#core/monitoring/feedback.ts';
import { type FeedbackOptions, maxAgeMsOf } from '#core/monitoring/feedback-options.ts';
import { checkReceipt, keyOf, readReceipt, type Receipt } from '#core/monitoring/receipts.ts';
import type { Clock } from '#core/ports.ts';
import type { Receipts } from '#serving/host.ts';
import { HeldKeys } from './held-keys.ts';
import { ReceiptIssuer } from './issuer.ts';
import type { FeedbackStore } from './records.ts';

export interface FeedbackSetting {
  readonly store: FeedbackStore;
  /** The models whose answers carry receipts. */
  readonly models: Readonly<Record<string, FeedbackOptions>>;
  /** The published version of the function that answers. @default - nothing is published: the model's version */
  readonly target?: string | undefined;
  /** @default Date.now */
  readonly clock?: Clock;
}

/** What became of one piece of feedback: counted, counted before, or not fit to be. */
export type Taken = 'accepted' | 'repeated' | OnnwardError;

/** Writes to the store at once. */
const WRITES = 16;

/** Gives receipts to answers, and takes them back with the truth. */
export class Feedback {
  readonly receipts: Receipts;
  readonly #keys: HeldKeys;
  readonly #clock: Clock;
  readonly #setting: FeedbackSetting;

  constructor(setting: FeedbackSetting) {
    const { store, models, target, clock = Date.now } = setting;
    this.#setting = setting;
    this.#clock = clock;
    this.#keys = new HeldKeys(store);
    this.receipts = new ReceiptIssuer({ keys: this.#keys, models, target, clock, random: randomBytes });
  }

  /** Reads the keys; until they are there, answers carry no receipts. Never rejects. */
  start(): Promise<void> {
    return this.#keys.refresh();
  }

  /** Whether the model's answers carry receipts. */
  takes(model: string): boolean {
    return Object.hasOwn(this.#setting.models, model);
  }

  /** Takes in each `{ receipt, truth }` for a model that it `takes`, in order. Throws `feedback.no_key`, `feedback.store`. */
  take(model: string, items: readonly unknown[], counter?: Partial<FeedbackCounter>): Promise<Taken[]> {
    return atMost(WRITES, items, (item) => this.#takeOne(model, item, counter));
  }

  async #takeOne(model: string, item: unknown, counter?: Partial<FeedbackCounter>): Promise<Taken> {
    const { receipt: token, truth: sent } = (item ?? {}) as { receipt?: unknown; truth?: unknown };
    const options = this.#setting.models[model] as FeedbackOptions;
    try {
      const receipt = await this.#read(token);
      const now = this.#clock();
      checkReceipt(receipt, { model, now, maxAgeMs: maxAgeMsOf(options) });
      const truth = parseTruth(sent);
      const judgement = judge(receipt.prediction, truth, options);
      if (!(await this.#keep(receipt, feedbackRecord(receipt, truth, judgement, now)))) return 'repeated';
      const { version, target } = receipt;
      counter?.recordFeedback?.({ model, version, target, ...judgement });
      return 'accepted';
    } catch (error) {
      if (error instanceof OnnwardError && (error.kind === 'invalid' || error.kind === 'gone')) return error;
      throw error;
    }
  }

  async #read(token: unknown): Promise<Receipt> {
    if (typeof token !== 'string') throw invalid('feedback.body', 'a piece of feedback has no text as its "receipt"');
    // A key that another process has made since may be the right one.
    if (!this.#keys.current?.mac(keyOf(token))) await this.#keys.refresh();
    if (this.#keys.current) return readReceipt(this.#keys.current, token);
    throw new OnnwardError('no key for receipts is there yet', {
      code: 'feedback.no_key',
      kind: 'unavailable',
      fix: "Try again; the server's log says why.",
    });
  }

  /** What a store says names buckets, keys and roles: that is for whoever runs the server. */
  async #keep(receipt: Receipt, bytes: Uint8Array): Promise<boolean> {
    try {
      return await this.#setting.store.create(feedbackKey(receipt), bytes);
    } catch (cause) {
      process.emitWarning(`feedback cannot be kept: ${(cause as Error).message}`);
      throw new OnnwardError('feedback cannot be kept just now', {
        code: 'feedback.store',
        kind: 'unavailable',
        fix: "Send it again: what was counted is not counted twice. The server's log says why.",
        cause,
      });
    }
  }
}
