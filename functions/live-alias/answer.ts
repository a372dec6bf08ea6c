import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** How a request ended. */
export interface Outcome {
  readonly physicalId: string;
  /** Attributes of the resource, for `Fn::GetAtt`. */
  readonly data?: Readonly<Record<string, string>>;
  /** Why it failed. @default - it did not */
  readonly failure?: string;
}

/** Milliseconds before each attempt. */
const PAUSES_MS = [0, 500, 2_000];
const ATTEMPT_MS = 5_000;

/** The longest that `answer` takes, milliseconds. */
export const ANSWER_MS = PAUSES_MS.reduce((sum, pause) => sum + pause + ATTEMPT_MS, 0);

/** CloudFormation takes 4096 bytes in all. Source: its user guide, "Custom resource response objects". */
const LONGEST_REASON = 1_000;

/** Tells CloudFormation how its request ended. Throws where it could not be told. */
export async function answer(event: CloudFormationCustomResourceEvent, outcome: Outcome): Promise<void> {
  const body = Buffer.from(JSON.stringify(responseTo(event, outcome)));
  let cause: unknown;
  for (const pause of PAUSES_MS) {
    await sleep(pause);
    try {
      return await put(event.ResponseURL, body);
    } catch (error) {
      cause = error;
    }
  }
  // The URL itself is a permission to answer, and stays out of the log.
  throw new Error(`CloudFormation could not be told how request ${event.RequestId} ended`, { cause });
}

const responseTo = (event: CloudFormationCustomResourceEvent, { physicalId, data, failure }: Outcome) => ({
  Status: failure === undefined ? 'SUCCESS' : 'FAILED',
  ...(failure !== undefined && { Reason: failure.slice(0, LONGEST_REASON) }),
  PhysicalResourceId: physicalId,
  StackId: event.StackId,
  RequestId: event.RequestId,
  LogicalResourceId: event.LogicalResourceId,
  ...(data && { Data: data }),
});

/** The URL is signed for a body without a content type. */
async function put(url: string, body: Buffer<ArrayBuffer>): Promise<void> {
  const signal = AbortSignal.timeout(ATTEMPT_MS);
  const response = await fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body, signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the answer to CloudFormation was refused with ${response.status}`);
}
