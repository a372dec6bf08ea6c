import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { BatchRequest, PlanAnswer } from '#core/batch/events.ts';
import { batchName } from '#core/deployment/names.ts';
import type { EmulatedAws } from './emulated-aws.ts';
import { assumeRole } from './role.ts';

/** The function of batch inference of a stage. */
export class BatchWorker {
  readonly #aws: EmulatedAws;
  readonly #lambda: LambdaClient;
  readonly #name: string;

  constructor(aws: EmulatedAws, stage: string) {
    this.#aws = aws;
    this.#lambda = new LambdaClient(aws.config);
    this.#name = batchName(stage);
  }

  /** What the workflow asks first, without what comes after it. */
  async plan(input: BatchRequest): Promise<PlanAnswer> {
    const event = { task: 'plan', execution: 'by-hand', input };
    const { Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: this.#name, Payload: JSON.stringify(event) }),
    );
    return JSON.parse(Buffer.from(Payload ?? []).toString()) as PlanAnswer;
  }

  /** What a client needs to do what it may do, and nothing else. */
  async config() {
    const { Role = '' } = await this.#lambda.send(new GetFunctionConfigurationCommand({ FunctionName: this.#name }));
    const variables = await assumeRole(this.#aws, Role.slice(Role.lastIndexOf('/') + 1));
    const credentials = {
      accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: variables['AWS_SESSION_TOKEN'] ?? '',
    };
    return { ...this.#aws.config, credentials };
  }

  close(): void {
    this.#lambda.destroy();
  }
}
