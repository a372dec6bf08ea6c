import type { Manifest } from '../model/manifest.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Clock, Engine, InputReader, JobRunner, LoadedModel, ObjectStore } from '../ports.ts';
import type { BaselineOptions } from '../monitoring/baseline/request.ts';
import type { Registry } from '../registry/registry.ts';
import type { Format } from '../scoring/format.ts';
import type { InputFormat } from '../scoring/shard.ts';
import type { LeftFile } from './documents.ts';
import type { ReleaseOptions } from '../release/options.ts';
import type { TrainingOptions } from './options.ts';
import type { Training, TrainingState } from './training.ts';

/** What is told to whoever waits for a training: its end. Never a payload. */
export interface TrainingNews {
  readonly training: string;
  readonly model: string;
  readonly state: TrainingState;
  /** What happened and what to do next. */
  readonly message: string;
}

/** Files that a trainer has left, brought to this machine. */
export interface BroughtFiles {
  /** Absolute path of the folder that they are in. */
  readonly folder: string;
  /** What a file holds, as UTF-8; undefined where it was not left. */
  text(path: string): Promise<string | undefined>;
  /** Forgets them. */
  close(): Promise<void>;
}

/** What a version is made of, besides what its graph says. */
export interface TrainedVersion
  extends Pick<Manifest, 'provenance'>, Partial<Pick<Manifest, 'task' | 'metrics' | 'baseline' | 'preprocess'>> {
  readonly name: string;
  /** The folder with the graph and nothing but what belongs to it. */
  readonly folder: string;
  /**
   * Questions that are asked now, and their answers recorded: requests of the Open Inference Protocol, JSON; or the
   * version whose questions these are.
   */
  readonly golden: readonly string[] | Manifest;
  /** Class names, as a file has them, or by output. */
  readonly labels?: string | Manifest['labels'];
  /** Those that it was trained on, to be profiled. It is a version without, too. @default - they are not known */
  readonly rows?: BaselineOptions;
  readonly why: string;
}

/** Which features are sensitive, which output is the prediction, and which tensor within the graph is looked at. */
export type ProfilingOptions = Pick<BaselineOptions, 'sensitive' | 'hidden' | 'output'>;

/** What the tasks of a training stand on; a laptop and a function each make one. */
export interface TrainingWorld {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Milliseconds that only go forward, for measuring. */
  readonly now: () => number;
  readonly jobs: JobRunner;
  readonly engine: Engine;
  readonly formats: Readonly<Record<InputFormat, Format>>;
  /** Opens what rows lie in, by its URL. */
  inputs(url: string): Promise<InputReader>;
  /** What the configuration says of a model's training. Throws `training.options`. */
  optionsOf(model: string): TrainingOptions;
  /** What it says of its releases: the rows that variants are judged on are there. */
  releaseOptionsOf(model: string): ReleaseOptions;
  /** What it says of how live rows are looked at: training rows are looked at alike. @default - nothing is sensitive, nothing is looked at within */
  profilingOf?(model: string): ProfilingOptions;
  /** Where the trainer lies that makes variants of a version. @default - whoever runs jobs knows it */
  readonly optimizer?: string;
  /** Has a model answer a request of the Open Inference Protocol, JSON; every output, in signature order. Throws `invoke.refused`. */
  ask(model: LoadedModel, question: string): Promise<readonly Tensor[]>;
  /** Brings files that a trainer left below `prefix` of the store, each checked by its hash. Throws `training.corrupt`. */
  bring(prefix: string, files: readonly LeftFile[]): Promise<BroughtFiles>;
  /** Makes files a version. Throws what registering throws: `artifact.*`, `model.unreadable`. */
  register(version: TrainedVersion): Promise<Manifest>;
  /** Has a version released, with these options besides: begins it, or leaves it to whoever runs the workflow. */
  release(training: Training, version: number, options: ReleaseOptions): Promise<void>;
  /** Tells who waits. It may throw: nothing depends on it. */
  notify(news: TrainingNews): Promise<void>;
}
