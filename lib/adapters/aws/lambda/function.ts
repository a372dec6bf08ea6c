import {
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListTagsCommand,
  paginateListAliases,
  paginateListVersionsByFunction,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Environment } from '#core/deployment/pin.ts';
import { asking, nameOf } from '../aws-errors.ts';
import { type AliasFacts, aliasFactsOf, type AliasPointing, factsOf, type FunctionFacts } from './facts.ts';

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
      const input = { FunctionName: this.name, Name: alias };
      return aliasFactsOf(await this.#client.send(new GetAliasCommand(input)));
    });
  }

  /** Every alias that there is. */
  async aliases(): Promise<AliasFacts[]> {
    const pages = paginateListAliases({ client: this.#client }, { FunctionName: this.name });
    const all = await this.#ask('ListAliases', () => Array.fromAsync(pages));
    return all.flatMap(({ Aliases = [] }) => Aliases.map(aliasFactsOf));
  }

  /** What is published, the oldest first. */
  async versions(): Promise<FunctionFacts[]> {
    const pages = paginateListVersionsByFunction({ client: this.#client }, { FunctionName: this.name });
    const all = await this.#ask('ListVersionsByFunction', () => Array.fromAsync(pages));
    const facts = all.flatMap(({ Versions = [] }) => Versions.map(factsOf));
    return facts
      .filter(({ version }) => version !== '$LATEST')
      .sort((one, other) => Number(one.version) - Number(other.version));
  }

  /** Of the function with this ARN. */
  async tags(arn: string): Promise<Readonly<Record<string, string>>> {
    const { Tags = {} } = await this.#ask('ListTags', () => this.#client.send(new ListTagsCommand({ Resource: arn })));
    return Tags;
  }

  /** Refused with ResourceConflictException as long as an alias leads to it; what is gone is gone. */
  async deleteVersion(version: string): Promise<void> {
    const input = { FunctionName: this.name, Qualifier: version };
    await this.#unlessAbsent('DeleteFunction', () => this.#client.send(new DeleteFunctionCommand(input)));
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

  /** In one write. Refused with PreconditionFailedException where the alias is not at `revisionId` any more. */
  async pointAlias(alias: string, pointing: AliasPointing, revisionId: string): Promise<AliasFacts> {
    const input = {
      FunctionName: this.name,
      Name: alias,
      FunctionVersion: pointing.functionVersion,
      Description: pointing.description,
      // Without it, the weights that are there stay.
      RoutingConfig: { AdditionalVersionWeights: { ...pointing.weights } },
      RevisionId: revisionId,
    };
    return this.#ask('UpdateAlias', async () => aliasFactsOf(await this.#client.send(new UpdateAliasCommand(input))));
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

  /** What has none, or is gone, is as it should be. */
  async unprovision(version: string): Promise<void> {
    const input = { FunctionName: this.name, Qualifier: version };
    await this.#unlessAbsent('DeleteProvisionedConcurrencyConfig', () =>
      this.#client.send(new DeleteProvisionedConcurrencyConfigCommand(input)),
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
