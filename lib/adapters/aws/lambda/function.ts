import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Environment } from '#core/deployment/pin.ts';
import { asking, nameOf } from '../aws-errors.ts';
import { type AliasFacts, factsOf, type FunctionFacts } from './facts.ts';

/** Milliseconds without an answer after which a call is given up; what API Gateway waits for is less. */
const LONGEST_CALL_MS = 120_000;

/** For all functions of a region; credentials and endpoint come from the environment, as everywhere. */
export const lambdaClient = (region: string): LambdaClient =>
  new LambdaClient({
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: LONGEST_CALL_MS },
  });

/** What came of an invocation. */
export interface Invoked {
  /** What the handler returned, parsed. */
  readonly result: unknown;
  /** Set where it threw or died: Lambda's own account of it. */
  readonly crash?: { readonly message: string; readonly log: string };
}

/** How far provisioned concurrency has come. */
export interface Provisioning {
  /** IN_PROGRESS, READY or FAILED. */
  readonly status: string;
  readonly reason: string;
  readonly requested: number;
}

/** One function of Lambda, in the few calls that publishing takes. Every call throws `aws.*`. */
export class LambdaFunction {
  readonly name: string;
  readonly #client: LambdaClient;

  constructor(client: LambdaClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Of $LATEST, or of a published version. Undefined where there is no such function or version. */
  facts(version?: string): Promise<FunctionFacts | undefined> {
    const input = { FunctionName: this.name, ...(version !== undefined && { Qualifier: version }) };
    return this.#unlessAbsent('GetFunctionConfiguration', async () =>
      factsOf(await this.#client.send(new GetFunctionConfigurationCommand(input))),
    );
  }

  alias(alias: string): Promise<AliasFacts | undefined> {
    return this.#unlessAbsent('GetAlias', async () => {
      const found = await this.#client.send(new GetAliasCommand({ FunctionName: this.name, Name: alias }));
      const weights = found.RoutingConfig?.AdditionalVersionWeights ?? {};
      return { functionVersion: found.FunctionVersion ?? '$LATEST', revisionId: found.RevisionId ?? '', weights };
    });
  }

  /** Refused with PreconditionFailedException where the function is not at `revisionId` any more. */
  async setEnvironment(variables: Environment, revisionId: string): Promise<void> {
    await this.#ask('UpdateFunctionConfiguration', () =>
      this.#client.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: this.name,
          Environment: { Variables: { ...variables } },
          RevisionId: revisionId,
        }),
      ),
    );
  }

  /** The number of the version; of the last one again where nothing has changed since. Refused as `setEnvironment` is. */
  async publish({ revisionId, codeSha256 }: FunctionFacts, description: string): Promise<string> {
    const { Version = '' } = await this.#ask('PublishVersion', () =>
      this.#client.send(
        new PublishVersionCommand({
          FunctionName: this.name,
          RevisionId: revisionId,
          CodeSha256: codeSha256,
          Description: description,
        }),
      ),
    );
    return Version;
  }

  /** All traffic of the alias to one version. Refused where the alias is not at `revisionId` any more. */
  async pointAlias(alias: string, functionVersion: string, revisionId: string): Promise<void> {
    await this.#ask('UpdateAlias', () =>
      this.#client.send(
        new UpdateAliasCommand({
          FunctionName: this.name,
          Name: alias,
          FunctionVersion: functionVersion,
          RevisionId: revisionId,
        }),
      ),
    );
  }

  async invoke(version: string, event: unknown): Promise<Invoked> {
    const answer = await this.#ask('InvokeFunction', () =>
      this.#client.send(
        new InvokeCommand({
          FunctionName: this.name,
          Qualifier: version,
          LogType: 'Tail',
          Payload: Buffer.from(JSON.stringify(event)),
        }),
      ),
    );
    const result: unknown = parse(Buffer.from(answer.Payload ?? []).toString('utf8'));
    if (answer.FunctionError === undefined) return { result };
    const message = (result as { errorMessage?: string } | null)?.errorMessage ?? answer.FunctionError;
    return { result, crash: { message, log: Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8') } };
  }

  async provision(version: string, executions: number): Promise<void> {
    await this.#ask('PutProvisionedConcurrencyConfig', () =>
      this.#client.send(
        new PutProvisionedConcurrencyConfigCommand({
          FunctionName: this.name,
          Qualifier: version,
          ProvisionedConcurrentExecutions: executions,
        }),
      ),
    );
  }

  /** Undefined where none is asked for. */
  provisioning(version: string): Promise<Provisioning | undefined> {
    return this.#unlessAbsent('GetProvisionedConcurrencyConfig', async () => {
      const input = { FunctionName: this.name, Qualifier: version };
      const found = await this.#client.send(new GetProvisionedConcurrencyConfigCommand(input));
      return {
        status: found.Status ?? '',
        reason: found.StatusReason ?? 'no reason given',
        requested: found.RequestedProvisionedConcurrentExecutions ?? 0,
      };
    });
  }

  async unprovision(version: string): Promise<void> {
    await this.#ask('DeleteProvisionedConcurrencyConfig', () =>
      this.#client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: this.name, Qualifier: version })),
    );
  }

  #ask<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return asking({ action: `lambda:${operation}`, resource: `function ${this.name}` }, work);
  }

  #unlessAbsent<T>(operation: string, read: () => Promise<T>): Promise<T | undefined> {
    return this.#ask(operation, async () => {
      try {
        return await read();
      } catch (error) {
        if (ABSENT.has(nameOf(error))) return undefined;
        throw error;
      }
    });
  }
}

const ABSENT = new Set(['ResourceNotFoundException', 'ProvisionedConcurrencyConfigNotFoundException']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
