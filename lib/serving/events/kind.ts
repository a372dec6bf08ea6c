import type { EventRequest, FunctionResponse } from './plain.ts';

/** One way in which AWS invokes the function: pure translation of its event to a request, and of a response to its result. */
export interface EventKind<Event, Result> {
  /** The caller in words, for messages. */
  readonly name: string;
  /** The most bytes that the whole result may have as JSON; AWS answers more with an error of its own. */
  readonly maxResultBytes: number;
  /** Whether every event of this kind is an inference request. @default - the request's route says so */
  readonly infers?: boolean;
  /** Throws an OnnwardError of the area `event`, or whatever comes of an event that is not of this kind. */
  toRequest(event: Event): EventRequest;
  toResult(response: FunctionResponse, event: Event): Promise<Result>;
}

/** Response payload of a synchronous invocation, 6 MB and a margin of AWS's. Source: the Lambda developer guide's quotas. */
export const LAMBDA_RESULT_BYTES = 6_291_556;
