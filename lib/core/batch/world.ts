import type { Manifest } from '../model/manifest.ts';
import type { Signature } from '../model/signature.ts';
import type { Clock, InputReader, LoadedModel, ObjectStore } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { Format } from '../scoring/format.ts';
import type { RowLayout } from '../scoring/layout.ts';
import type { BadRow, RowBatch } from '../scoring/rows.ts';
import type { InputFormat } from '../scoring/shard.ts';
import type { Tensor } from '../model/tensor.ts';
import type { BatchOptions, OutputFormat } from './options.ts';
import type { BatchManifest, Receipt } from './plan.ts';

/** What a worker costs, where it is rented. */
export interface WorkerPrice {
  /** MB of memory. */
  readonly memory: number;
  readonly architecture: 'arm64' | 'x86_64';
  /** Seconds that a worker may take for a shard: a job whose shards take longer is refused. @default - no limit */
  readonly limitSeconds?: number;
}

/** What outputs are written of. */
export interface OutputShape {
  readonly signature: Signature;
  readonly labels: Manifest['labels'];
  readonly layout: RowLayout;
  /** Names of the kept columns, as they are in the outputs. */
  readonly kept: readonly string[];
  /** A line for each row of the input, empty for a bad one. */
  readonly aligned: boolean;
}

/** Rows in, bytes of one part out; nothing is kept but what was not taken yet. The same rows make the same bytes. */
export interface PartWriter {
  /** Outputs in signature order. */
  write(batch: RowBatch, outputs: readonly Tensor[]): void;
  bad(row: BadRow): void;
  /** What has been written since the last call, for the store. */
  take(): Uint8Array;
  /** The last bytes. */
  end(): Uint8Array;
}

/** What the tasks of a batch job stand on; a laptop and a function each make one. */
export interface BatchWorld {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds that only go forward, for measuring. */
  readonly now: () => number;
  readonly formats: Readonly<Record<InputFormat, Format>>;
  readonly writers: Readonly<Record<OutputFormat, (shape: OutputShape) => PartWriter>>;
  /** Opens what inputs lie in, by its URL. */
  inputs(url: string): Promise<InputReader>;
  /** A version in memory; kept from shard to shard. `exact` wins over the manifest's. */
  model(manifest: Manifest): Promise<LoadedModel>;
  /** The only ones that it may score. @default - all of the registry */
  readonly models?: readonly string[];
  /** What the configuration says of a model's jobs. Throws `batch.options`. */
  optionsOf(model: string): BatchOptions;
  /** Shards at once where nobody says. */
  readonly concurrency: number;
  readonly price: WorkerPrice;
  /** Answers one large or slow request, which arrived at `key` below REQUESTS_PREFIX. @default - such arrivals are ignored */
  readonly answerRequest?: (key: string) => Promise<void>;
  /** Told of every shard that this world scored, once its receipt is written, for metrics. @default - nobody is */
  readonly onReceipt?: (receipt: Receipt, model: string) => void;
  /** Told of every manifest that this world wrote: a job was refused, or a drive has ended. @default - nobody is */
  readonly onManifest?: (manifest: BatchManifest) => void;
}
