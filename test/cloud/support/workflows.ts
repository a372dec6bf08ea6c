import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { BatchRequest } from '#core/batch/events.ts';
import { batchName } from '#core/deployment/names.ts';
import { ACCOUNT, type EmulatedAws, REGION } from './emulated-aws.ts';
import { eventually } from './eventually.ts';

/** How an execution ended. */
export interface Ended {
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Parsed. */
  readonly output: unknown;
}

/** The workflow of batch inference of a stage. */
export class Workflows {
  readonly #client: SFNClient;
  readonly #arn: string;

  constructor(aws: EmulatedAws, stage: string) {
    this.#client = new SFNClient(aws.config);
    this.#arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${batchName(stage)}`;
  }

  async start(input: BatchRequest): Promise<string> {
    const command = new StartExecutionCommand({ stateMachineArn: this.#arn, input: JSON.stringify(input) });
    return (await this.#client.send(command)).executionArn ?? '';
  }

  /** Once it has ended, within `seconds`. */
  async ended(executionArn: string, seconds = 120): Promise<Ended> {
    const look = async (): Promise<Ended | undefined> => {
      const {
        status = '',
        error,
        cause,
        output,
      } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      return status === 'RUNNING' ? undefined : { status, error, cause, output: JSON.parse(output ?? 'null') };
    };
    return eventually(`the end of ${executionArn}`, look, seconds);
  }

  /** Starts it and waits for its end. */
  async run(input: BatchRequest, seconds?: number): Promise<Ended> {
    return this.ended(await this.start(input), seconds);
  }

  /** How many have been started, without the items of maps. */
  async count(): Promise<number> {
    const { executions = [] } = await this.#client.send(new ListExecutionsCommand({ stateMachineArn: this.#arn }));
    return executions.length;
  }

  close(): void {
    this.#client.destroy();
  }
}
