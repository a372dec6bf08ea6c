import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentOf } from '#config/deployment.ts';
import { loadConfig } from '#adapters/local/config.ts';
import type { LiveAliasProvider } from '#constructs/live-alias.ts';
import { stageInference } from '#packaging/inference.ts';
import { addStage } from '#stacks/stage.ts';
import { App, CustomResource, type Stack } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';

/**
 * The app of `bin/app.ts`, deployed once more with something that no configuration can ask for: `-c variant=code` has other
 * code in every inference function, `-c variant=failing` besides a resource that cannot be made.
 */
const app = new App();
const variant = String(app.node.getContext('variant'));
const { config } = await loadConfig(process.cwd());
const deployment = deploymentOf(config);
const env = { account: process.env['CDK_DEFAULT_ACCOUNT'] ?? '', region: process.env['CDK_DEFAULT_REGION'] ?? '' };
const { inference } = addStage(app, deployment, { env });

const next = new Asset(inference, 'NextCode', { path: otherCode() });
for (const service of inference.services) {
  const resource = service.function.node.defaultChild as CfnFunction;
  resource.code = { s3Bucket: next.s3BucketName, s3Key: next.s3ObjectKey };
}
if (variant === 'failing') addFailure(inference);
app.synth();

/** What is deployed, and one file more. */
function otherCode(): string {
  const { folder } = stageInference({ architecture: 'x86_64', packaging: 'zip' });
  const copy = mkdtempSync(join(tmpdir(), 'variant-'));
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, 'another-build.txt'), 'the next release of the code\n');
  return copy;
}

/** The alias of a function that there is not: our own custom resource answers that it could not be made. */
function addFailure(stack: Stack): void {
  // The role may ask for it, so that it fails at once, and not after tries for a permission that might spread yet.
  const provider = stack.node.findChild('LiveAliases') as LiveAliasProvider;
  provider.allow('no-such-function');
  const failure = new CustomResource(stack, 'Failure', {
    serviceToken: provider.function.functionArn,
    properties: { FunctionName: 'no-such-function' },
  });
  // Last, so that there is something to roll back.
  failure.node.addDependency(...stack.node.children.filter((child) => child !== failure));
}
