import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
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

/** A workflow of a stage, by its name; `Request` is its input. */
export class Workflows<Request extends object> {
  readonly #client: SFNClient;
  readonly #arn: string;

  constructor(aws: EmulatedAws, name: string) {
    this.#client = new SFNClient(aws.config);
    this.#arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
  }

  async start(input: Request): Promise<string> {
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
  async run(input: Request, seconds?: number): Promise<Ended> {
    return this.ended(await this.start(input), seconds);
  }

  async stop(executionArn: string): Promise<void> {
    await this.#client.send(new StopExecutionCommand({ executionArn }));
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
