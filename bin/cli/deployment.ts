import { S3Store } from '#adapters/aws/s3-store.ts';
import { bucketName } from '#core/deployment/names.ts';
import { OnnwardError } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { openWorkplace, type Workplace } from './registry.ts';
import { type NamedStage, nameStage } from './stage.ts';

/** A stage, and who stands before it: what `deploy` and `destroy` begin with. */
export interface StageAtHand extends NamedStage {
  readonly workplace: Workplace;
  /** Of the stage's registry, which need not be there yet: `s3://…`. */
  readonly storeUrl: string;
  readonly store: ObjectStore;
  /** The stage's registry; its history names the AWS identity. */
  readonly registry: Registry;
}

interface StageArguments {
  readonly stage?: string | undefined;
  readonly store?: string | undefined;
}

/** Reads the configuration and asks AWS who we are. Throws `config.*`, `aws.*`, `deploy.wrong_account`. */
export async function openStage(args: StageArguments): Promise<StageAtHand> {
  const workplace = await openWorkplace(args);
  const { deployment, identity } = await nameStage(workplace.config, args.stage);
  const storeUrl = `s3://${bucketName(deployment.stage, identity.account, identity.region)}`;
  const store = S3Store.open(storeUrl, { region: identity.region });
  const registry = new Registry(store, { clock: Date.now, actor: identity.arn });
  return { workplace, deployment, identity, storeUrl, store, registry };
}

/** The names of the models of the stage's registry; undefined where its bucket is not there. */
export async function modelsOf({ registry }: StageAtHand): Promise<string[] | undefined> {
  try {
    return await registry.models();
  } catch (error) {
    if (error instanceof OnnwardError && error.code === 'store.no_bucket') return undefined;
    throw error;
  }
}
