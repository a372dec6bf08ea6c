import type { Manifest } from './model/manifest.ts';
import type { Signature } from './model/signature.ts';
import type { Tensor } from './model/tensor.ts';
import type { Observation } from './release/observation.ts';
import type { Training } from './training/training.ts';

/** The time, passed in so that the rules stay pure: milliseconds since 1970. */
export type Clock = () => number;

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Names this content for `ifMatch`; opaque. */
  readonly etag: string;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** When it was last written, ms since 1970, by the clock of the store; in some stores whole seconds. @default - the store does not say */
  readonly modifiedAt?: number;
}

/** The precondition of a write: only where no object is, or only over the very object that was read. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** The reading side of an ObjectStore: all that it takes to serve a version that is known. */
export interface ObjectReader {
  /** How the user named it: `file:DIR` or `s3://bucket/prefix`. */
  readonly url: string;
  /** Undefined where there is no such object. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Streams a large object. Throws `store.not_found`. */
  read(key: string): AsyncIterable<Uint8Array>;
  /** The file that holds the object, where the store is on this machine. @default - it must be read */
  localPath?(key: string): string;
}

/**
 * Plain object storage with conditional writes: a folder, or S3. Keys are `/`-separated, relative, without `.` or `..`.
 * A write is atomic: readers see the whole object or none, and a writer that dies leaves either.
 */
export interface ObjectStore extends ObjectReader {
  /** Returns the new etag. Throws `store.precondition` (kind conflict) when the condition does not hold. */
  put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<string>;
  /** Streams a large object in; `size` in bytes is checked, where it is known before. */
  write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    size: number | undefined,
    condition?: WriteCondition,
  ): Promise<void>;
  /** In key order (UTF-8 bytes), all below `prefix`; `after` starts behind that key. */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>;
  /** Names of the folders right below `prefix` (which ends in `/`), in key order, without reading what is in them. */
  folders(prefix: string): AsyncIterable<string>;
}

/** An object as it was when it was looked at. */
export interface ObjectStat {
  /** Bytes. */
  readonly size: number;
  /** Names this content of the key, opaque: whoever reads with it reads just that content, or is refused. */
  readonly version: string;
}

/** Where the inputs of a job lie: a folder or a bucket of anybody's, which Onnward only reads. */
export interface InputReader {
  /** `file:DIR` or `s3://bucket[/prefix]`. */
  readonly url: string;
  /** What is there now; with `version`, what is there of just that one. Undefined where there is nothing of it. */
  stat(key: string, version?: string): Promise<ObjectStat | undefined>;
  /**
   * The bytes from `start` up to, and without, `end`, of the content that was looked at. Throws `input.changed` (kind conflict)
   * where another one is there by now, and so also at the end, if it was replaced while it was read; `input.not_found`.
   */
  read(key: string, stat: ObjectStat, start: number, end: number): AsyncIterable<Uint8Array>;
  /** What lies below `prefix`, in key order (UTF-8 bytes). */
  list(prefix: string): AsyncIterable<ObjectStat & { readonly key: string }>;
}

/** A model's files on this machine. Nothing of them is served until each matches its hash. */
export interface ModelFiles {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Path of the graph within it. */
  readonly graph: string;
  /** Every file, the graph too; `sha256` is lower-case hex. Empty: not checked (inspection of a user's own file). */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
  /**
   * Whether each file was hashed on its way here, by this process and just now: then the engine does not do it once more.
   * @default false
   */
  readonly verified?: boolean;
}

/** One recorded question and its answer; tensors in signature order. */
export interface GoldenCase {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

export interface LoadOptions {
  /** Compute threads of a session. @default 1 */
  readonly threads?: number;
  /** No batching across requests, for a model whose outputs change in the last digit with the batch. @default false */
  readonly exact?: boolean;
  /** Requests that may wait; one more is refused with 429. @default 256 */
  readonly maxQueue?: number;
  /** Requests in computation at once. @default - batches of 16 for each session */
  readonly maxConcurrency?: number;
  /** Milliseconds until a request is given up with 504. @default 30000 */
  readonly deadlineMs?: number;
  /** Run before the model says ready. @default - none recorded: the first request pays */
  readonly warmup?: readonly GoldenCase[];
}

export interface InferenceOptions {
  /** Milliseconds, less than the model's own. @default - the model's */
  readonly deadlineMs?: number;
  /** Asked for our own purposes and by no client: it is no sample of what the model is asked. @default false */
  readonly aside?: boolean;
}

/** What a model has done since it was loaded; times are nanoseconds, summed. */
export interface ModelStatistics {
  readonly lastInferenceMs: number;
  readonly inferenceCount: number;
  readonly executionCount: number;
  readonly success: { readonly count: number; readonly ns: number };
  readonly fail: { readonly count: number; readonly ns: number };
  readonly queue: { readonly count: number; readonly ns: number };
  readonly computeInfer: { readonly count: number; readonly ns: number };
  readonly batches: readonly { readonly size: number; readonly count: number; readonly ns: number }[];
}

/** A model in memory. */
export interface LoadedModel {
  readonly signature: Signature;
  readonly statistics: ModelStatistics;
  /** `inputs` in signature order, already checked against it; the answer has every served output, in signature order. */
  infer(inputs: readonly Tensor[], options?: InferenceOptions): Promise<readonly Tensor[]>;
  /** Answers what is queued, then frees the memory. */
  close(): Promise<void>;
}

/** Opens models: ONNX Runtime, in this thread or in a pool of workers. */
export interface Engine {
  /**
   * The signature is read from the graph. Throws `model.corrupt` where a hash differs, `model.unreadable` where the runtime refuses the graph,
   * `model.unsupported` where an input, or every output, is nothing that can be served.
   */
  load(files: ModelFiles, options?: LoadOptions): Promise<LoadedModel>;
}

/** What is known of a request's way through a server, milliseconds. */
export interface RequestTimes {
  /** Of reading what was sent: unpacking and decoding. */
  readonly readMs?: number;
  /** From then until the model had answered: waiting for it, and the run. */
  readonly runMs?: number;
  /** Of writing the answer. */
  readonly writeMs?: number;
  /** That were asked for together. */
  readonly rows?: number;
}

/** One inference request that was answered, whatever the answer. */
export interface AnsweredRequest extends RequestTimes {
  /** Undefined where no such model is served here: what a client makes up never names a metric. */
  readonly model: string | undefined;
  /** Undefined where no version answered. */
  readonly version: number | undefined;
  /** Of HTTP. */
  readonly status: number;
  /** The stable code of the refusal or failure. */
  readonly errorCode: string | undefined;
  /** Milliseconds from the whole request to the whole answer. */
  readonly ms: number;
}

/** Counts requests: for `/metrics` of this process, or in a line of a function's log. */
export interface Metrics {
  /** Called once for each inference request, on the hot path: takes well under a microsecond, and never throws. */
  record(request: AnsweredRequest): void;
}

/** Something published that can answer for a version of a model: what traffic is sent to. */
export interface Target {
  /** Of the model. */
  readonly version: number;
  /** What answers: a published version of a function; on a laptop, where nothing is published, the model's version again. */
  readonly id: string;
}

/** Where a model's live traffic goes. */
export interface Split {
  readonly champion: Target;
  /** @default - no release is under way */
  readonly challenger?: Target;
  /** Percent of the requests that the challenger answers, 0 to 99; 0 where there is none. */
  readonly weight: number;
}

/** The same as it stands now. */
export interface LiveSplit extends Split {
  /** Names this very state, opaque: for compare-and-swap. */
  readonly revision: string;
}

/** What a published version's answers were compared with. */
export interface WarmedUp {
  readonly compared: number;
  /** Golden cases whose question or answer is larger than what can be asked. */
  readonly skipped: number;
}

/** One answer of a target to one request. */
export interface TargetAnswer {
  /** Of HTTP. */
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /** Milliseconds, as who asked has measured them. */
  readonly ms: number;
}

/** Who steers a model's live traffic between two versions of it: Lambda's alias, or the server of this machine. */
export interface Traffic {
  /** How old observations are at least, seconds: nothing younger is whole. */
  readonly lagSeconds: number;
  /** Differences of latency below so many milliseconds are those of the machine, and not of what answers. */
  readonly resolutionMs: number;
  /** Undefined while `live` leads nowhere. Throws where it leads to what pins no version. */
  live(): Promise<LiveSplit | undefined>;
  /** Makes something that answers for a version, and that no client's request reaches; the same again where it is there already. */
  publish(version: number, release: string): Promise<Target>;
  /** Waits until it has loaded its model, then asks what was recorded at registration. Throws `publish.*`. */
  warmUp(target: Target, manifest: Manifest): Promise<WarmedUp>;
  /** Asks it one inference request of the Open Inference Protocol, JSON, past `live`. Throws where it crashes. */
  ask(target: Target, manifest: Manifest, body: string): Promise<TargetAnswer>;
  /** Sends live traffic so; undefined where `live` stands at `revision` no more. One write, no wait. */
  shift(split: Split, revision: string, release: string): Promise<LiveSplit | undefined>;
  /** What came through `live` to both sides of a split, between two times (ms since 1970). */
  observe(split: LiveSplit, since: number, until: number): Promise<Observation>;
  /** Names of the model's alarms that are raised now. */
  alarms(): Promise<readonly string[]>;
  /** Takes back what was made for a target that does not go live. */
  withdraw(target: Target): Promise<void>;
  /** Deletes what was published and is of no use any more, `keep` and the last ten apart; the ids of what it deleted. */
  retire(keep: readonly Target[]): Promise<readonly string[]>;
}

/** How a job stands with whoever runs it. */
export interface JobStatus {
  /** `waiting`: for a machine. `lost`: its host went away for good, and nobody begins it again by itself. */
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'lost';
  /** Why it waits, or how it ended, for people, with what to do about it. @default - there is nothing to say */
  readonly reason?: string;
  /** Hosts that it was begun on. */
  readonly attempts: number;
  /** For which a host was at work, of all that it was begun on: to wait for one is not in it. @default - it was never begun */
  readonly seconds?: number;
  /** What its machines have cost until now, USD on demand. @default - nothing: it is this machine */
  readonly dollars?: number;
}

/** Who runs containers of training jobs: AWS Batch, or this machine. */
export interface JobRunner {
  /** Seconds between two looks at a job: the least at its beginning, the most later. */
  readonly polling: { readonly least: number; readonly most: number };
  /** Begins the job of a training, and gives what the runner calls it; that of the same training again where it is under way. */
  submit(training: Training): Promise<string>;
  /** Undefined where it knows no such job (any more). */
  status(job: string): Promise<JobStatus | undefined>;
  /** Ends it: the trainer has two minutes to leave what it has. Nothing happens where it has ended. */
  stop(job: string, reason: string): Promise<void>;
}
