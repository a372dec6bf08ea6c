import { releaseName } from '#core/deployment/names.ts';
import { evaluationPrefix } from '#core/release/keys.ts';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { addWorkflow } from '../workflow/workflow.ts';

/** The file that runs on a laptop too. */
const DEFINITION = new URL('../../core/release/release.asl.json', import.meta.url);

export interface ReleaseWorkflowProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly worker: IFunction;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

export const addReleaseWorkflow = (scope: Construct, { stage, ...props }: ReleaseWorkflowProps): StateMachine =>
  addWorkflow(scope, {
    ...props,
    name: releaseName(stage),
    definition: DEFINITION,
    substitution: 'releaseFunction',
    lists: `${evaluationPrefix('*')}*`,
    logsNoMore:
      'Failures are logged. What every state has come to is recorded below releases/, for good, and costs less.',
  });
