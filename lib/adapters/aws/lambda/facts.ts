import type { AliasConfiguration, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Environment } from '#core/deployment/pin.ts';

/** A function's configuration, or a published version's, as Lambda tells it. */
export interface FunctionFacts {
  /** `$LATEST`, or the number of a published version. */
  readonly version: string;
  /** The function's own, without a version. */
  readonly arn: string;
  /** Names this very state of code and configuration, for compare-and-swap. */
  readonly revisionId: string;
  /** Of the zip, or the digest of the image. */
  readonly codeSha256: string;
  readonly packageType: 'Zip' | 'Image';
  /** Pending, Active, Inactive (not invoked for weeks) or Failed. */
  readonly state: string;
  readonly stateReason: string;
  /** InProgress, Successful or Failed. */
  readonly update: string;
  readonly updateReason: string;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  /** Undefined where Lambda may not decrypt it: then it must not be written either. */
  readonly environment: Environment | undefined;
}

/** An alias of a function. */
export interface AliasFacts {
  readonly functionVersion: string;
  readonly revisionId: string;
  /** Shares of other versions, 0 to 1; empty for none. */
  readonly weights: Readonly<Record<string, number>>;
  /** What whoever pointed it wrote there: see `split.ts`. */
  readonly description: string;
}

/** Where an alias is to lead. */
export interface AliasPointing extends Pick<AliasFacts, 'functionVersion' | 'description'> {
  /** @default - all traffic goes to `functionVersion` */
  readonly weights?: AliasFacts['weights'];
}

export const aliasFactsOf = (alias: AliasConfiguration): AliasFacts => ({
  functionVersion: alias.FunctionVersion ?? '$LATEST',
  revisionId: alias.RevisionId ?? '',
  weights: alias.RoutingConfig?.AdditionalVersionWeights ?? {},
  description: alias.Description ?? '',
});

export function factsOf(configuration: FunctionConfiguration): FunctionFacts {
  const { Environment: environment, PackageType } = configuration;
  return {
    version: configuration.Version ?? '$LATEST',
    arn: (configuration.FunctionArn ?? '').split(':').slice(0, 7).join(':'),
    revisionId: configuration.RevisionId ?? '',
    codeSha256: configuration.CodeSha256 ?? '',
    packageType: PackageType === 'Image' ? 'Image' : 'Zip',
    state: configuration.State ?? 'Active',
    stateReason: reasonOf(configuration.StateReasonCode, configuration.StateReason),
    update: configuration.LastUpdateStatus ?? 'Successful',
    updateReason: reasonOf(configuration.LastUpdateStatusReasonCode, configuration.LastUpdateStatusReason),
    memory: configuration.MemorySize ?? 0,
    timeout: configuration.Timeout ?? 0,
    environment: environment?.Error ? undefined : (environment?.Variables ?? {}),
  };
}

const reasonOf = (code: string | undefined, text: string | undefined): string =>
  [code, text].filter((part) => part).join(': ') || 'no reason given';
