import type { AnsweredRequest, Metrics } from '../ports.ts';
import { Latencies } from './latencies.ts';

/** What was counted of one version of a model, or of all requests that reached none. */
export interface RequestSeries {
  /** Undefined: no such model is served. */
  readonly model: string | undefined;
  /** Undefined: none of its versions answered. */
  readonly version: number | undefined;
  /** Requests that failed by our doing (5xx). */
  readonly errors: number;
  /** Refusals and failures by their stable code. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Of every request, the refused ones too. */
  readonly latencies: Latencies;
}

/** Versions of a model that are kept; of more, the one that came first is forgotten. A server outlives many releases. */
const KEPT_VERSIONS = 64;

class Series implements RequestSeries {
  readonly model: string | undefined;
  readonly version: number | undefined;
  readonly refusals = new Map<string, number>();
  readonly latencies = new Latencies();
  errors = 0;

  constructor({ model, version }: AnsweredRequest) {
    this.model = model;
    this.version = version;
  }

  record({ status, errorCode, ms }: AnsweredRequest): void {
    this.latencies.record(ms);
    if (status >= 500) this.errors += 1;
    if (errorCode !== undefined) this.refusals.set(errorCode, (this.refusals.get(errorCode) ?? 0) + 1);
  }
}

/**
 * Counts requests in memory, by model and version. The number of series is bounded by what is served, never by what is
 * asked for: a name that is not served comes in as undefined, and all of those are one series.
 */
export class RequestCounters implements Metrics {
  readonly #byModel = new Map<string | undefined, Series[]>();
  /** Requests mostly come for the model that the last one came for. */
  #last: Series | undefined;

  record(request: AnsweredRequest): void {
    const last = this.#last;
    const isSame = last !== undefined && last.model === request.model && last.version === request.version;
    const series = isSame ? last : this.#seriesOf(request);
    this.#last = series;
    series.record(request);
  }

  series(): readonly RequestSeries[] {
    return this.#byModel.values().toArray().flat();
  }

  #seriesOf(request: AnsweredRequest): Series {
    const known = this.#byModel.get(request.model) ?? [];
    const found = known.find(({ version }) => version === request.version);
    if (found) return found;
    const series = new Series(request);
    this.#byModel.set(request.model, [...known.slice(-(KEPT_VERSIONS - 1)), series]);
    return series;
  }
}
