import { catalogueName } from '#core/deployment/names.ts';
import { aliasKey, historyKey } from '#core/model/keys.ts';
import { stageFunction } from '#packaging/function.ts';
import { Duration, Lazy } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionIdentity } from './function-identity.ts';
import type { IModelRegistry } from './model-registry.ts';
import { zipOf } from './staged-code.ts';
import { acknowledgeWildcard } from './wildcard.ts';

export interface CatalogueProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  /** The deployed ones; those that are added before synthesis count too. */
  readonly models: readonly string[];
  /** How long its log is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

/** The function that answers for a stage as a server: what it is, whether it is ready, which models it has. */
export class Catalogue extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, { stage, registry, models, logRetention }: CatalogueProps) {
    super(scope, id);
    const functionName = catalogueName(stage);
    const identity = functionIdentity(this, { functionName, ...(logRetention && { logRetention }) });
    grantLook(identity.role, registry);
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: `Onnward ${stage}: which models there are, and whether they are ready`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code: zipOf(stageFunction('catalogue')),
      memorySize: 512,
      timeout: Duration.seconds(10),
      loggingFormat: LoggingFormat.TEXT,
      ...identity,
      environment: {
        ONNWARD_STORE: registry.storeUrl,
        ONNWARD_MODELS: Lazy.string({ produce: () => models.join(',') }),
      },
    });
  }
}

/** Which version is live, and whether there is a first record of a model: no manifest, and no file of a model. */
function grantLook(role: Role, { bucket }: IModelRegistry): void {
  bucket.encryptionKey?.grantDecrypt(role);
  const keys = [aliasKey('*', 'live'), historyKey('*', 1)];
  for (const key of keys) {
    const records = bucket.arnForObjects(key);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [records] }));
    acknowledgeWildcard(role, records, 'It is asked for any model of the registry; of each it reads this one record.');
  }
  // Who may not know what there is hears of what there is not that it is denied.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': keys } },
    }),
  );
}
