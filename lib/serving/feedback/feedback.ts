import { randomBytes } from 'node:crypto';
import { atMost } from '#core/at-most.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { type FeedbackCounter, feedbackKey, feedbackRecord, judge, parseTruth } from '#core/monitoring/feedback.ts';
import { type FeedbackOptions, maxAgeMsOf } from '#core/monitoring/feedback-options.ts';
import { checkReceipt, keyOf, readReceipt, type Receipt } from '#core/monitoring/receipts.ts';
import { parseInferenceId, pendingKey, pendingRecord } from '#core/monitoring/truth/pending.ts';
import type { Clock } from '#core/ports.ts';
import type { Receipts } from '#serving/host.ts';
import { HeldKeys } from './held-keys.ts';
import { ReceiptIssuer } from './issuer.ts';
import type { FeedbackStore } from './records.ts';

export interface FeedbackSetting {
  readonly store: FeedbackStore;
  /** The models whose answers carry receipts. */
  readonly models: Readonly<Record<string, FeedbackOptions>>;
  /** Of them, those whose requests are captured: their truth may come with an inference id. @default - none */
  readonly captured?: readonly string[];
  /** The published version of the function that answers. @default - nothing is published: the model's version */
  readonly target?: string | undefined;
  /** @default Date.now */
  readonly clock?: Clock;
}

/** What became of one piece of feedback: counted, counted before, kept until it is joined with the capture, or not fit to be. */
export type Taken = 'accepted' | 'repeated' | 'pending' | OnnwardError;

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

  /**
   * Takes in each `{ receipt, truth }`, or `{ inferenceId, truth }`, for a model that it `takes`, in order. Throws
   * `feedback.no_key`, `feedback.store`.
   */
  async take(model: string, items: readonly unknown[], counter?: Partial<FeedbackCounter>): Promise<Taken[]> {
    const taken = await atMost(WRITES, items, (item) => this.#takeOne(model, item, counter));
    const reasons = Object.groupBy(
      taken.filter((each) => each !== 'accepted'),
      (each) => (each instanceof OnnwardError ? each.code : each),
    );
    const counts = Object.fromEntries(Object.entries(reasons).map(([reason, all = []]) => [reason, all.length]));
    if (taken.some((each) => each !== 'accepted')) counter?.recordUncounted?.({ model, reasons: counts });
    return taken;
  }

  async #takeOne(model: string, item: unknown, counter?: Partial<FeedbackCounter>): Promise<Taken> {
    const { receipt, inferenceId, truth } = (item ?? {}) as Record<string, unknown>;
    try {
      if (receipt === undefined && inferenceId !== undefined) return await this.#keepPending(model, inferenceId, truth);
      return await this.#count(model, receipt, truth, counter);
    } catch (error) {
      if (error instanceof OnnwardError && (error.kind === 'invalid' || error.kind === 'gone')) return error;
      throw error;
    }
  }

  async #count(model: string, token: unknown, sent: unknown, counter?: Partial<FeedbackCounter>): Promise<Taken> {
    const options = this.#setting.models[model] as FeedbackOptions;
    const receipt = await this.#read(token);
    const now = this.#clock();
    checkReceipt(receipt, { model, now, maxAgeMs: maxAgeMsOf(options) });
    const truth = parseTruth(sent);
    const judgement = judge(receipt.prediction, truth, options);
    const record = feedbackRecord(receipt, truth, judgement, now);
    if (!(await this.#keep(feedbackKey(receipt), record))) return 'repeated';
    const { version, target } = receipt;
    counter?.recordFeedback?.({ model, version, target, ...judgement });
    return 'accepted';
  }

  /** What the answer was is not known here: the monitor finds it in the capture. */
  async #keepPending(model: string, id: unknown, sent: unknown): Promise<Taken> {
    if (!this.#setting.captured?.includes(model)) throw notCaptured(model);
    const inferenceId = parseInferenceId(id);
    const truth = parseTruth(sent);
    const now = this.#clock();
    const isNew = await this.#keep(pendingKey(model, inferenceId, now), pendingRecord(inferenceId, truth, now));
    return isNew ? 'pending' : 'repeated';
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
  async #keep(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      return await this.#setting.store.create(key, bytes);
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

const notCaptured = (model: string): OnnwardError =>
  invalid(
    'feedback.no_capture',
    `requests of '${model}' are not captured, so that nothing is known by an inference id`,
    {
      fix: `Send the receipt of the answer, or set 'capture: true' for ${model} in the configuration.`,
      fields: { model },
    },
  );
