import type { ArgsDef } from 'citty';
import { watchedModels } from '#config/watched.ts';
import { checkName } from '#core/model/reference.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { usageError } from './arguments.ts';
import { openWorkplace } from './registry.ts';

/** Of the commands that tell what was found out of a model. */
export const WATCHED_PLACE = {
  stage: { type: 'string', valueHint: 'NAME', description: 'In AWS, in this stage (default: on this machine)' },
} as const satisfies ArgsDef;

/** Where a model is watched, and what its configuration says. */
export interface WatchedPlace {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly watched: WatchedModel;
  /** What a command needs more to look there: ` --stage NAME`, or nothing. */
  readonly where: string;
}

interface PlaceArguments {
  readonly store?: string | undefined;
  readonly stage?: string | undefined;
}

/** A baseline and a report are worth having of any model. */
const UNWATCHED: WatchedModel = { watch: {} };

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openWatchedPlace(model: string, args: PlaceArguments): Promise<WatchedPlace> {
  const name = checkName(model);
  if (args.stage !== undefined) return openStage(name, args.stage, args.store);
  const { store, registry, config } = await openWorkplace(args);
  return { store, registry, watched: watchedModels(config)[name] ?? UNWATCHED, where: '' };
}

async function openStage(name: string, stage: string, store: string | undefined): Promise<WatchedPlace> {
  if (store !== undefined)
    throw usageError('either', '--stage and --store both say where a model is watched.', 'Give one of them.');
  const [{ findStage }, { S3Store }, { bucketName }] = await Promise.all([
    import('./stage.ts'),
    import('#adapters/aws/s3-store.ts'),
    import('#core/deployment/names.ts'),
  ]);
  const { deployment, identity } = await findStage(stage);
  const { account, region, arn: actor } = identity;
  const there = S3Store.open(`s3://${bucketName(deployment.stage, account, region)}`, { region });
  return {
    store: there,
    registry: new Registry(there, { clock: Date.now, actor }),
    watched: watchedModels(deployment)[name] ?? UNWATCHED,
    where: ` --stage ${stage}`,
  };
}
