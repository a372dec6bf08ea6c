import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { join } from 'node:path';
import { monitorName } from '#core/deployment/names.ts';
import type { EmulatedAws } from './emulated-aws.ts';
import { REPOSITORY } from './programs.ts';

const CLOCK = join(REPOSITORY, 'test', 'cloud', 'apps', 'clock.ts');

/** The environment of a program to which it is so many milliseconds earlier. */
export const earlier = (ms: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${CLOCK}`,
  ONNWARD_TEST_CLOCK: String(-ms),
});

/** The function of monitoring of a stage. */
export class Monitor {
  readonly #client: LambdaClient;
  readonly #name: string;

  constructor(aws: EmulatedAws, stage: string) {
    this.#client = new LambdaClient(aws.config);
    this.#name = monitorName(stage);
  }

  /** What EventBridge does each hour. */
  async hour(): Promise<unknown> {
    return this.ask({ 'detail-type': 'Scheduled Event', source: 'aws.events', time: new Date().toISOString() });
  }

  /** Throws what the function has thrown. */
  async ask(event: object): Promise<unknown> {
    const command = new InvokeCommand({ FunctionName: this.#name, Payload: Buffer.from(JSON.stringify(event)) });
    const { Payload, FunctionError } = await this.#client.send(command);
    const answer = JSON.parse(Payload?.transformToString() ?? 'null') as unknown;
    if (FunctionError) throw new Error(JSON.stringify(answer));
    return answer;
  }

  close(): void {
    this.#client.destroy();
  }
}
