import type { Manifest } from '../model/manifest.ts';
import type { Clock, InputReader, LoadedModel, ObjectStore, Traffic } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { Format } from '../scoring/format.ts';
import type { InputFormat } from '../scoring/shard.ts';
import type { GateOptions } from './gates/options.ts';
import type { ReleaseOptions } from './options.ts';
import type { ReleaseState } from './release.ts';
import type { GateResult } from './result.ts';
import type { RecordedRequest } from './shadow/recorded.ts';

/** What is told to whoever waits for a release: its end, or that it waits for a person. Never a payload. */
export interface ReleaseNews {
  readonly release: string;
  readonly model: string;
  readonly version: number;
  readonly state: ReleaseState;
  /** What happened and what to do next. */
  readonly message: string;
}

/** What the tasks of a release stand on; a laptop and a function each make one. */
export interface ReleaseWorld {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds that only go forward, for measuring. */
  readonly now: () => number;
  readonly formats: Readonly<Record<InputFormat, Format>>;
  /** Opens what rows lie in, by its URL. */
  inputs(url: string): Promise<InputReader>;
  /** A version in memory; champion and challenger are kept. */
  model(manifest: Manifest): Promise<LoadedModel>;
  /** Shards at once. */
  readonly concurrency: number;
  /** Steers live traffic of a model. Throws where nothing can answer for it (`publish.no_function`). */
  traffic(model: string): Traffic;
  /** What a request says of a release may not be weaker than what the configuration says. @default false - who asks has the configuration */
  readonly strict?: boolean;
  /** What the configuration says of a model's releases. Throws `release.options`. */
  optionsOf(model: string): ReleaseOptions;
  /** Asks a gate that is not ours: a module of this machine, or a function, with all evidence that ours get but the rows. */
  customGate(gate: GateOptions, evidence: object): Promise<GateResult>;
  /** What was recorded of live requests, the latest last; `data` as the options name it. */
  recorded(model: string, data: string | undefined): AsyncIterable<RecordedRequest>;
  /** Tells who waits. It may throw: nothing depends on it. */
  notify(news: ReleaseNews): Promise<void>;
}
