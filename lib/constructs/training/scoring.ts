import type { BatchModel } from '../batch/options.ts';
import { optionsText } from '../batch/options.ts';
import { grantScoring } from '../batch/worker.ts';
import type { IModelRegistry } from '../model-registry.ts';
import { queuedKey } from '#core/batch/keys.ts';
import { BATCH, PIN, scorerDefinitionName } from '#core/deployment/names.ts';
import { SCORER } from '#core/training/machines.ts';
import { Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { RETRIES } from './definition.ts';
import { batchImage } from './images.ts';
import { STOP_SECONDS } from './launch.ts';
import { addExecutionRole, tasksRole } from './roles.ts';

export interface ScoringProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly log: ILogGroup;
  /** Models that files are scored with. */
  readonly scored: Readonly<Record<string, BatchModel>>;
  /** That inputs may lie in, besides the registry's; they are only read. @default - none */
  readonly inputBuckets?: readonly IBucket[];
}

/** A day is what the workflow of batch inference has, too. */
const LIMIT_SECONDS = 86_400;

/**
 * What scores a whole job of batch inference on one machine, for inputs of which a shard would take longer than a function
 * may. It does what the worker of batch inference does, and may what that one may.
 */
export function addScoring(scope: Construct, { stage, registry, log, scored, inputBuckets }: ScoringProps): string {
  const jobDefinitionName = scorerDefinitionName(stage);
  const executionRole = addExecutionRole(scope, log);
  const jobRole = tasksRole(scope, 'JobRole');
  const models = Object.keys(scored);
  grantScoring(jobRole, { registry, models, written: [queuedKey('*')], ...(inputBuckets && { inputBuckets }) });
  const image = batchImage(scope);
  image.grantPull(executionRole);
  const { region } = Stack.of(scope);
  const environment = {
    [PIN.store]: registry.storeUrl,
    [BATCH.models]: optionsText(scored),
    // Threads of a run, by what they go by in a function: its memory.
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(SCORER.cpus * 1769),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  new CfnJobDefinition(scope, 'Job', {
    jobDefinitionName,
    type: 'container',
    platformCapabilities: ['EC2'],
    propagateTags: true,
    timeout: { attemptDurationSeconds: LIMIT_SECONDS },
    retryStrategy: RETRIES,
    ecsProperties: {
      taskProperties: [
        {
          containers: [
            {
              name: 'score',
              image: image.uri,
              essential: true,
              environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
              resourceRequirements: [
                { type: 'VCPU', value: String(SCORER.cpus) },
                { type: 'MEMORY', value: String(SCORER.memory) },
              ],
              stopTimeout: STOP_SECONDS,
              logConfiguration: {
                logDriver: 'awslogs',
                options: {
                  'awslogs-group': log.logGroupName,
                  'awslogs-region': region,
                  'awslogs-stream-prefix': 'scoring',
                },
              },
            },
          ],
          taskRoleArn: jobRole.roleArn,
          executionRoleArn: executionRole.roleArn,
        },
      ],
    },
  });
  return jobDefinitionName;
}
