/** A live request as it was answered: one line of a recording. */
export interface RecordedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** That answered. */
  readonly version: number;
  /** The request's JSON, of the Open Inference Protocol. */
  readonly request: string;
  /** What was answered with 200. */
  readonly response: string;
  /** From the whole request to the whole answer. */
  readonly ms: number;
}
