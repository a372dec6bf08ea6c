import {
  DescribeExecutionCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { asking, isAwsError } from './aws-errors.ts';

/** One run of a workflow, as it stands. */
export interface ExecutionState {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  /** The name of what ended it, and what that says. @default - it has not failed */
  readonly error?: string;
  readonly cause?: string;
}

/** What Step Functions is asked for by a person who waits. */
export class Executions {
  readonly #client: SFNClient;

  constructor(region: string) {
    this.#client = new SFNClient({ region, maxAttempts: 5 });
  }

  /** Gives the execution's ARN. Throws `aws.*`. */
  async start(workflow: string, input: object): Promise<string> {
    const command = new StartExecutionCommand({ stateMachineArn: workflow, input: JSON.stringify(input) });
    const request = { action: 'states:StartExecution', resource: `workflow ${nameOf(workflow)}` };
    return asking(request, async () => (await this.#client.send(command)).executionArn ?? '');
  }

  /**
   * The same under a name of its own, once: an event that is delivered again starts nothing. Whether this one has. The
   * service keeps names for 90 days. Throws `aws.*`.
   */
  async startOnce(workflow: string, name: string, input: object): Promise<boolean> {
    const command = new StartExecutionCommand({ stateMachineArn: workflow, name, input: JSON.stringify(input) });
    const request = { action: 'states:StartExecution', resource: `workflow ${nameOf(workflow)}` };
    try {
      await asking(request, () => this.#client.send(command));
      return true;
    } catch (error) {
      if (isAwsError(error, 'ExecutionAlreadyExists')) return false;
      throw error;
    }
  }

  /** Throws `aws.*`. */
  async state(execution: string): Promise<ExecutionState> {
    const command = new DescribeExecutionCommand({ executionArn: execution });
    const request = { action: 'states:DescribeExecution', resource: `execution ${nameOf(execution)}` };
    const { status = 'RUNNING', error, cause } = await asking(request, () => this.#client.send(command));
    return { status, ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  }

  /** The same of an execution by its name; undefined where the workflow has none, or none that AWS still knows. Throws `aws.*`. */
  async stateOf(workflow: string, name: string): Promise<ExecutionState | undefined> {
    const execution = `${workflow.replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      return await this.state(execution);
    } catch (error) {
      if (isAwsError(error, 'ExecutionDoesNotExist')) return undefined;
      throw error;
    }
  }

  /** What a state has answered, parsed; undefined as long as it has not. Throws `aws.*`. */
  async answerOf(execution: string, state: string): Promise<unknown> {
    const request = { action: 'states:GetExecutionHistory', resource: `execution ${nameOf(execution)}` };
    const pages = paginateGetExecutionHistory({ client: this.#client }, { executionArn: execution });
    return asking(request, async () => {
      for await (const { events = [] } of pages) {
        const exited = events.find((event) => exitOf(event)?.name === state);
        if (exited) return JSON.parse(exitOf(exited)?.output ?? 'null') as unknown;
      }
      return undefined;
    });
  }

  /** Ends it, and what its map has under way; an execution that has ended is left as it is. Throws `aws.*`. */
  async stop(execution: string, reason: { readonly error: string; readonly cause: string }): Promise<void> {
    const command = new StopExecutionCommand({ executionArn: execution, ...reason });
    const request = { action: 'states:StopExecution', resource: `execution ${nameOf(execution)}` };
    await asking(request, () => this.#client.send(command));
  }

  close(): void {
    this.#client.destroy();
  }
}

const exitOf = ({ stateExitedEventDetails }: HistoryEvent) => stateExitedEventDetails;

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);
