import type { Manifest } from '../../model/manifest.ts';
import type { Clock, LoadedModel, ObjectStore } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import type { CaptureOptions } from '../capture/options.ts';
import type { FeedbackOptions } from '../feedback-options.ts';
import type { WatchOptions } from '../watch-options.ts';

/** What the configuration says of a model that is watched. */
export interface WatchedModel {
  readonly watch: WatchOptions;
  /** @default - nothing is captured */
  readonly capture?: CaptureOptions;
  /** @default - answers carry no receipts */
  readonly feedback?: FeedbackOptions;
  /** The column of truths in tables of live rows. @default 'truth' */
  readonly label?: string;
}

/** One number for CloudWatch, or for `/metrics` of this machine. */
export interface MonitorMetric {
  readonly model: string;
  readonly name: 'Quality' | 'Drift' | 'Correct';
  readonly value: number;
  /** Of how many answers `value` is the mean, each of which counts: of `Correct`. @default - it is one number */
  readonly of?: number;
  /** The end of what it is of, ms since 1970. */
  readonly at: number;
}

/** What is told to people. Never a payload. */
export interface MonitorNews {
  readonly model: string;
  readonly subject: string;
  /** What happened and what to do next. */
  readonly message: string;
}

/** For which action, and for whom and why: recorded. */
export interface Said {
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
}

/** Who does what an action says; each is done once for an action's id, however often it is asked for. */
export interface Actors {
  /** Takes back what is live, as long as it is `version`; the version that is live then. */
  rollBack(model: string, said: Said & { readonly version: number }): Promise<number>;
  /** Begins a training whose version is released, through the gates, with these channels besides; and says which one. */
  retrain(model: string, said: Said & { readonly channels: Readonly<Record<string, string>> }): Promise<string>;
  /** It may throw: nothing depends on it. */
  notify(news: MonitorNews): Promise<void>;
}

/** What monitoring stands on; a laptop and a function each make one. */
export interface MonitorWorld {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly models: Readonly<Record<string, WatchedModel>>;
  readonly actors: Actors;
  /** Takes what is measured; once for each window. */
  put(metrics: readonly MonitorMetric[]): Promise<void>;
  /** Opens a version that gives a tensor within its graph besides, for `watch.drift.hidden`. Throws `model.no_tensor`. */
  hidden(manifest: Manifest, tensor: string): Promise<LoadedModel>;
  /** Tells of what was passed over: objects that cannot be read. Never a payload. */
  readonly onMessage?: (line: string) => void;
}
