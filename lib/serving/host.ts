import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { BytesRequest } from './message.ts';
import type { MonitorGauges } from './metrics/monitor-gauges.ts';
import type { ModelLoads } from './model-loads.ts';

/** One version of a model as it is being served. */
export interface ServedModel {
  readonly name: string;
  readonly version: number;
  readonly manifest: Manifest;
  readonly model: LoadedModel;
}

/** A line of the repository index. States are Triton's. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  readonly reason: string;
}

/** The header that an answer's receipt is in. */
export const RECEIPT_HEADER = 'x-onnward-receipt';

/** Gives answers what a client can send back with the truth. */
export interface Receipts {
  /** Of an answer's tensors, in signature order; undefined where it gets none. Never throws. */
  of(served: ServedModel, outputs: readonly Tensor[]): string | undefined;
}

/** One request that is captured, until it is answered. */
export interface CaptureUnderWay {
  /** With the answer's tensors, in signature order, and its receipt, if it has one. Never throws. */
  complete(outputs: readonly Tensor[], receipt: string | undefined): void;
}

/** Keeps a sample of requests and their answers, redacted. */
export interface Capture {
  /**
   * Takes a copy of a request's inputs, in signature order, before the model has them, for then their memory is used again;
   * undefined where it is not in the sample. `id` is the one that the protocol has in its body. Never throws.
   */
  begin(
    served: ServedModel,
    inputs: readonly Tensor[],
    request: Pick<BytesRequest, 'header'>,
    id: string | undefined,
  ): CaptureUnderWay | undefined;
  /** Whether some fields of the version are sensitive: then no message may quote a value. */
  isSensitive(served: ServedModel): boolean;
}

/** The models that a process serves; every door and protocol stands on this. */
export interface Host {
  /** True once every model that was asked for is loaded and warmed up. */
  readonly ready: boolean;
  /**
   * The live version, or the one that `version` names (a number, or an alias). Takes no lock: use it within the turn.
   * Throws `model.not_found`, `version.not_found` (names the live one) or `model.loading` (kind unavailable).
   */
  find(name: string, version?: string): ServedModel;
  /**
   * Who answers the next inference request of the live version, where a challenger gets a part of them; throws as `find`.
   * @default - the live version
   */
  pick?(name: string): ServedModel;
  index(): readonly IndexEntry[];
  /** What was loaded. @default - it is not counted */
  readonly loads?: ModelLoads;
  /** @default - answers carry no receipts */
  readonly receipts?: Receipts;
  /** @default - nothing is captured */
  readonly capture?: Capture;
  /** What monitoring has found out of the models. @default - none of them is watched here */
  readonly monitored?: MonitorGauges;
}

/** The version that answers an inference request, as its path names it. Throws as `find` of the host. */
export const chosen = (host: Host, name: string, version: string | undefined): ServedModel =>
  host.pick !== undefined && (version === undefined || version === 'live') ? host.pick(name) : host.find(name, version);

/** Each version that is ready, once, however many references name it. */
export const readyModels = (host: Host): readonly ServedModel[] => [
  ...new Set(host.index().flatMap(({ name, version, state }) => (state === 'READY' ? [host.find(name, version)] : []))),
];

/** Serves one version, under whatever name or version it is asked for. */
export const soleHost = (served: ServedModel): Host => ({
  ready: true,
  find: () => served,
  index: () => [{ name: served.name, version: String(served.version), state: 'READY', reason: '' }],
});
