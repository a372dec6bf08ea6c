import { checkName } from '#core/model/reference.ts';
import { enabledFeedback, type FeedbackOptions } from '#core/monitoring/feedback-options.ts';
import type { WatchOptions } from '#core/monitoring/watch-options.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { usageError } from './arguments.ts';
import { intoStore, type sendTruths, throughServer } from './feedback-send.ts';
import { openWorkplace } from './registry.ts';

/** Where a model's feedback lies, and the way in. */
export interface FeedbackPlace {
  readonly name: string;
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly feedback: FeedbackOptions;
  /** @default - nothing is watched */
  readonly watch?: WatchOptions | undefined;
  /** Who takes truths in. Throws `feedback.off`, `remote.*`. */
  sender(): Promise<Parameters<typeof sendTruths>[1]>;
}

interface PlaceArguments {
  readonly name: string;
  readonly store?: string | undefined;
  readonly stage?: string | undefined;
  readonly url?: string | undefined;
}

/** This machine, or the stage that is named. Throws what opening a store, or finding a stage, throws. */
export async function openFeedbackPlace(args: PlaceArguments): Promise<FeedbackPlace> {
  const name = checkName(args.name);
  if (args.stage !== undefined) return openStage(name, args.stage, args);
  const workplace = await openWorkplace(args);
  const { store, registry, config } = workplace;
  const { feedback, watch } = config.models?.[name] ?? {};
  return {
    name,
    store,
    registry,
    watch,
    feedback: enabledFeedback(feedback) ?? {},
    sender: async () =>
      args.url === undefined ? intoStore(workplace, name) : throughServer(await endpoint(args.url), name),
  };
}

async function openStage(name: string, stage: string, { store: named, url }: PlaceArguments): Promise<FeedbackPlace> {
  const both = [named !== undefined && '--store', url !== undefined && '--url'].find(Boolean);
  if (both) throw usageError('either', `--stage and ${both} both say where feedback is.`, 'Give one of them.');
  const [{ findStage }, { S3Store }, { bucketName }] = await Promise.all([
    import('./stage.ts'),
    import('#adapters/aws/s3-store.ts'),
    import('#core/deployment/names.ts'),
  ]);
  const { deployment, identity, apiUrl } = await findStage(stage);
  const { account, region, arn: actor } = identity;
  const store = S3Store.open(`s3://${bucketName(deployment.stage, account, region)}`, { region });
  const { feedback, watch } = deployment.models[name] ?? {};
  return {
    name,
    store,
    registry: new Registry(store, { clock: Date.now, actor }),
    watch,
    feedback: enabledFeedback(feedback) ?? {},
    sender: async () => throughServer(await endpoint(apiUrl, region), name),
  };
}

async function endpoint(url: string, region?: string) {
  const { openEndpoint } = await import('#adapters/aws/api/endpoint.ts');
  const { ONNWARD_TOKEN: token, ONNWARD_API_KEY: apiKey } = process.env;
  return openEndpoint(url, { ...(token && { token }), ...(apiKey && { apiKey }), ...(region && { region }) });
}
