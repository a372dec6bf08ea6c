import { drivesPrefix } from '#core/batch/keys.ts';
import { batchName } from '#core/deployment/names.ts';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { addWorkflow } from '../workflow/workflow.ts';

/** The file that runs on a laptop too. */
const DEFINITION = new URL('../../core/batch/batch.asl.json', import.meta.url);

export interface BatchWorkflowProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly worker: IFunction;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export const addBatchWorkflow = (scope: Construct, { stage, ...props }: BatchWorkflowProps): StateMachine =>
  addWorkflow(scope, {
    ...props,
    name: batchName(stage),
    definition: DEFINITION,
    substitution: 'batchFunction',
    lists: `${drivesPrefix('*')}*`,
    logsNoMore:
      'Failures are logged. All events of ten thousand shards would cost more than scoring them, and tell nothing that the receipts do not.',
  });
