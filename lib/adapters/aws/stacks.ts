import {
  CloudFormationClient,
  DescribeEventsCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  type OperationEvent,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import type { StackState } from '#core/deployment/stacks.ts';
import { asking } from './aws-errors.ts';

/** One resource that CloudFormation could not make, change or delete. */
export interface StackFailure {
  readonly resource: string;
  /** CloudFormation's name of its kind, `AWS::Lambda::Function`. */
  readonly type: string;
  readonly reason: string;
}

/** What CloudFormation says of stacks. */
export class Stacks {
  readonly #client: CloudFormationClient;

  constructor(region: string) {
    this.#client = new CloudFormationClient({ region, maxAttempts: 5 });
  }

  /** Undefined where there is no such stack, or one that was only ever planned. Throws `aws.*`. */
  async state(name: string): Promise<StackState | undefined> {
    const request = { action: 'cloudformation:DescribeStacks', resource: `stack ${name}` };
    const stack = await asking(request, async () => {
      try {
        return (await this.#client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
    return stack && stack.StackStatus !== 'REVIEW_IN_PROGRESS' ? stateOf(stack) : undefined;
  }

  /** What went wrong since `since` (milliseconds since 1970), first things first: later failures mostly follow from it. */
  async failures(name: string, since: number): Promise<StackFailure[]> {
    const request = { action: 'cloudformation:DescribeStackEvents', resource: `stack ${name}` };
    const [invalid, events] = await Promise.all([
      this.#invalidSince(name, since),
      asking(request, () => this.#eventsSince(name, since)),
    ]);
    return [...invalid, ...events.filter(isFailure).map(failureOf).reverse()];
  }

  /** What CloudFormation found wrong before it began; stack events only count it. Empty for who may not ask. */
  async #invalidSince(name: string, since: number): Promise<StackFailure[]> {
    try {
      const command = new DescribeEventsCommand({ StackName: name, Filters: { FailedEvents: true } });
      const { OperationEvents = [] } = await this.#client.send(command);
      return OperationEvents.filter((event) => event.EventType === 'VALIDATION_ERROR' && isSince(event, since))
        .map((event) => ({ ...failureOf(event), reason: event.ValidationStatusReason ?? '' }))
        .reverse();
    } catch {
      return [];
    }
  }

  /** The newest first, as they come; a page has a hundred, and a change that is taken back has more. */
  async #eventsSince(name: string, since: number): Promise<StackEvent[]> {
    const events: StackEvent[] = [];
    for await (const { StackEvents = [] } of paginateDescribeStackEvents(
      { client: this.#client },
      { StackName: name },
    )) {
      const recent = StackEvents.filter((event) => isSince(event, since));
      events.push(...recent);
      if (recent.length < StackEvents.length) break;
    }
    return events;
  }

  close(): void {
    this.#client.destroy();
  }
}

/** CloudFormation has no exception of its own for it. */
const isAbsent = (error: unknown): boolean => /does not exist/.test((error as Error).message);

function stateOf(stack: Stack): StackState {
  return {
    name: stack.StackName ?? '',
    status: stack.StackStatus ?? '',
    ...(stack.StackStatusReason !== undefined && { reason: stack.StackStatusReason }),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
    changedAt: (stack.LastUpdatedTime ?? stack.CreationTime)?.toISOString() ?? '',
  };
}

const isSince = ({ Timestamp: at }: { readonly Timestamp?: Date | undefined }, since: number): boolean =>
  (at?.getTime() ?? 0) >= since;

const isFailure = ({ ResourceStatus: status, ResourceStatusReason: reason = '' }: StackEvent): boolean =>
  status?.endsWith('_FAILED') === true && !/cancelled/i.test(reason);

const failureOf = (event: StackEvent | OperationEvent): StackFailure => ({
  resource: event.LogicalResourceId ?? '',
  type: event.ResourceType ?? '',
  reason: event.ResourceStatusReason ?? '',
});
