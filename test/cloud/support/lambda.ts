import { GetAliasCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName, LIVE_ALIAS } from '#core/deployment/names.ts';
import type { EmulatedAws } from './emulated-aws.ts';

/** What a test asks of Lambda besides calling functions. */
export class Functions {
  readonly client: LambdaClient;
  readonly #stage: string;

  constructor(aws: EmulatedAws, stage: string) {
    this.client = new LambdaClient(aws.config);
    this.#stage = stage;
  }

  /** The function's version that `live` points to. */
  async live(model: string): Promise<string> {
    const alias = { FunctionName: functionName(this.#stage, model), Name: LIVE_ALIAS };
    return (await this.client.send(new GetAliasCommand(alias))).FunctionVersion ?? '';
  }

  /** What a deployment could change of a version. */
  async facts(model: string, version: string) {
    const which = { FunctionName: functionName(this.#stage, model), Qualifier: version };
    const { MemorySize, CodeSha256, Environment } = await this.client.send(new GetFunctionConfigurationCommand(which));
    return { memory: MemorySize, code: CodeSha256, environment: Environment?.Variables };
  }

  close(): void {
    this.client.destroy();
  }
}
