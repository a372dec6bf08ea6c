import { readFileSync } from 'node:fs';
import { bakeVersion } from '#adapters/local/bake.ts';
import { checkReleases } from '#adapters/local/config.ts';
import { type Deployment, deploymentOf } from '#config/deployment.ts';
import type { BakedVersion } from '#constructs/inference-service.ts';
import { addStage } from '#stacks/stage.ts';
import { App, type Environment } from 'aws-cdk-lib';
import { stagedDeployment } from './cli/evaluation-data.ts';
import { reportFailure } from './cli/failure.ts';
import { openWorkplace, type Workplace } from './cli/registry.ts';
import { CACHE_FOLDER } from './cli/cache.ts';

/** What CDK's feature flags are to be, from wherever the CDK command line is run. */
const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** The stacks of one stage of `onnward.config.ts`: of `-c stage=NAME`, else of the first. */
async function main(): Promise<void> {
  const app = new App({ context });
  const workplace = await openWorkplace({});
  await checkReleases(workplace);
  const asked = deploymentOf(workplace.config, app.node.tryGetContext('stage') as string | undefined);
  const deployment = await stagedDeployment(asked, workplace.folder);
  const bakes = app.node.tryGetContext('bake') !== 'false';
  const baked = bakes ? await bake(deployment, workplace) : {};
  addStage(app, deployment, { env: credentialsOf(process.env), baked });
  app.synth();
}

/** Where the credentials lead, as the CDK command line has found out. */
const credentialsOf = ({
  CDK_DEFAULT_ACCOUNT: account,
  CDK_DEFAULT_REGION: region,
}: NodeJS.ProcessEnv): Environment => ({
  ...(account && { account }),
  ...(region && { region }),
});

/** The live versions, in the registry of the configuration, of the models that go without S3. */
async function bake(
  { models }: Deployment,
  { registry, store }: Workplace,
): Promise<Readonly<Record<string, BakedVersion>>> {
  const baked: Record<string, BakedVersion> = {};
  for (const [name, settings] of Object.entries(models)) {
    if (!settings.bake) continue;
    const { version, manifest } = await registry.resolve({ name, alias: 'live' });
    baked[name] = { folder: await bakeVersion(store, manifest, CACHE_FOLDER), version };
  }
  return baked;
}

try {
  await main();
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
