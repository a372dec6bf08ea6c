import { randomBytes } from 'node:crypto';
import type { CaptureKeys } from '#core/monitoring/capture/keys.ts';
import { feedbackKeyOf } from '#core/monitoring/capture/feedback-key-of.ts';
import {
  type CaptureWriting,
  keptRows,
  lineOf,
  MOST_LINE_BYTES,
  rowsOf,
  type Side,
  writeSide,
} from '#core/monitoring/capture/line.ts';
import type { CaptureOptions } from '#core/monitoring/capture/options.ts';
import { CaptureSampler } from '#core/monitoring/capture/sampler.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { NamedTensor, Tensor } from '#core/model/tensor.ts';
import type { Clock, ObjectReader } from '#core/ports.ts';
import type { Capture, CaptureUnderWay, ServedModel } from '../host.ts';
import type { BytesRequest } from '../message.ts';
import { HeldCaptureKeys } from './held-keys.ts';
import type { CaptureSink } from './sink.ts';
import { type VersionPlan, versionPlan, writingOf } from './version-plan.ts';

export interface CaptureSetting {
  /** By model; the requests of others are not captured. */
  readonly models: Readonly<Record<string, CaptureOptions>>;
  /** Where the keys are that values are hashed with. */
  readonly keys: Pick<ObjectReader, 'get'>;
  readonly sink: CaptureSink;
  /** The published version of the function that answers. @default - nothing is published: the model's version */
  readonly target?: string | undefined;
  /** @default Date.now */
  readonly clock?: Clock;
  /** From 0 up to, and without, 1. @default Math.random */
  readonly random?: () => number;
}

/** As SageMaker lets it through. */
const INFERENCE_ID_HEADER = 'x-amzn-sagemaker-inference-id';
const INFERENCE_ID = /^[\x21-\x7e]{1,128}$/;

const PREFIX_BYTES = 9;

type Request = Pick<BytesRequest, 'header'>;

/** Captures a sample of requests, as the models' options say. What it cannot do it leaves, with one warning. */
export class TrafficCapture implements Capture {
  readonly #setting: CaptureSetting;
  readonly #clock: Clock;
  readonly #keys: HeldCaptureKeys;
  readonly #samplers = new Map<string, CaptureSampler>();
  readonly #plans = new WeakMap<ServedModel, VersionPlan | 'none'>();
  #prefix = '';
  #count = 0;
  #tooLarge = 0;
  #failed = false;

  constructor(setting: CaptureSetting) {
    const { models, keys, clock = Date.now, random = Math.random } = setting;
    this.#setting = setting;
    this.#clock = clock;
    this.#keys = new HeldCaptureKeys(keys);
    for (const [name, options] of Object.entries(models)) this.#samplers.set(name, new CaptureSampler(options, random));
  }

  /** Reads the keys, where a model needs them; until they are there, its requests are not captured. Never rejects. */
  async start(): Promise<void> {
    const needed = Object.values(this.#setting.models).some(
      ({ subject, sensitive = {} }) => subject !== undefined || Object.values(sensitive).includes('hash'),
    );
    if (needed) await this.#keys.refresh();
  }

  /** Resolves once no reading of the keys is under way; never rejects. */
  get settled(): Promise<void> {
    return this.#keys.settled;
  }

  /** Throws `capture.sensitive_unknown` where its options name what the version has not: better now than to write it down. */
  check(served: ServedModel): void {
    const options = this.#optionsOf(served);
    if (options) this.#plans.set(served, versionPlan(served, options));
  }

  isSensitive(served: ServedModel): boolean {
    const sensitive = this.#optionsOf(served)?.sensitive;
    return sensitive !== undefined && Object.keys(sensitive).length > 0;
  }

  begin(
    served: ServedModel,
    inputs: readonly Tensor[],
    request: Request,
    id: string | undefined,
  ): CaptureUnderWay | undefined {
    const at = this.#clock();
    if (this.#samplers.get(served.name)?.takes(at) !== true) return undefined;
    try {
      const plan = this.#planOf(served);
      const keys = this.#keys.current;
      if (plan === 'none') return undefined;
      if (!plan.needsKey || keys) return this.#begin(served, plan, keys, { inputs, request, id, at });
      void this.#keys.refresh();
    } catch (error) {
      this.#warn(error);
    }
    return undefined;
  }

  #begin(
    served: ServedModel,
    plan: VersionPlan,
    keys: CaptureKeys | undefined,
    { inputs, request, id, at }: { inputs: readonly Tensor[]; request: Request; id: string | undefined; at: number },
  ): CaptureUnderWay | undefined {
    const named = namedBy(served.model.signature.inputs, inputs);
    const all = rowsOf(named);
    if (all === 0) return undefined;
    const rows = { all, kept: keptRows(named, all) };
    const writing = writingOf(plan, served.name, keys);
    const input = writeSide('INPUT', named, rows, writing);
    const { subject: header } = plan.options;
    const sent = header === undefined ? undefined : request.header(header);
    const subject = sent ? keys?.subject(served.name, sent) : undefined;
    const metadata = { id: this.#id(), inferenceId: inferenceIdOf(request, id), at, subject };
    return {
      complete: (outputs, receipt) => {
        try {
          this.#complete(served, plan, { input, rows, writing, metadata }, outputs, receipt);
        } catch (error) {
          this.#warn(error);
        }
      },
    };
  }

  #complete(
    { name, version, model }: ServedModel,
    { redacted }: VersionPlan,
    { input, rows, writing, metadata }: Begun,
    outputs: readonly Tensor[],
    receipt: string | undefined,
  ): void {
    const output = writeSide('OUTPUT', namedBy(model.signature.outputs, outputs), rows, writing);
    const target = this.#setting.target ?? String(version);
    const feedback = receipt === undefined ? undefined : feedbackKeyOf(receipt);
    const line = lineOf(input, output, {
      ...metadata,
      model: name,
      version,
      target,
      rows: rows.kept,
      feedback,
      redacted,
    });
    if (line.length < MOST_LINE_BYTES && Buffer.byteLength(line) < MOST_LINE_BYTES) {
      this.#setting.sink.add(name, line, this.#clock());
    } else if (this.#tooLarge++ === 0) {
      process.emitWarning(
        `a request to ${name} is too large to be captured, ${MOST_LINE_BYTES} bytes; of others this is not told`,
      );
    }
  }

  #optionsOf({ name }: ServedModel): CaptureOptions | undefined {
    const { models } = this.#setting;
    return Object.hasOwn(models, name) ? models[name] : undefined;
  }

  /** A version that comes while we serve, and has not what is sensitive, is served all the same. */
  #planOf(served: ServedModel): VersionPlan | 'none' {
    const plan = this.#plans.get(served);
    if (plan !== undefined) return plan;
    this.#plans.set(served, 'none');
    try {
      this.check(served);
    } catch (error) {
      const { message } = error as Error;
      process.emitWarning(`requests to ${served.name}:${served.version} are not captured: ${message}`);
    }
    return this.#plans.get(served) ?? 'none';
  }

  /** Unique among processes by the prefix and within this one by the count. Drawn late: a snapshot of this process has none yet. */
  #id(): string {
    this.#prefix ||= randomBytes(PREFIX_BYTES).toString('base64url');
    return `${this.#prefix}-${(this.#count++).toString(36)}`;
  }

  /** Serving goes on without. A message may quote what was sent, so it is not told. */
  #warn(error: unknown): void {
    if (!this.#failed)
      process.emitWarning(`a request could not be captured (${(error as Error).name}); of others this is not told`);
    this.#failed = true;
  }
}

interface Begun {
  readonly input: Side;
  readonly rows: { readonly all: number; readonly kept: number };
  readonly writing: CaptureWriting;
  readonly metadata: {
    readonly id: string;
    readonly inferenceId: string | undefined;
    readonly at: number;
    readonly subject: string | undefined;
  };
}

const namedBy = (specs: readonly TensorSpec[], tensors: readonly Tensor[]): NamedTensor[] =>
  tensors.map((tensor, index) => ({ ...tensor, name: (specs[index] as TensorSpec).name }));

/** The client's own name for the request, by which its truth may come. */
function inferenceIdOf(request: Request, id: string | undefined): string | undefined {
  const sent = request.header(INFERENCE_ID_HEADER);
  return [sent, id].find((each) => each !== undefined && INFERENCE_ID.test(each));
}
