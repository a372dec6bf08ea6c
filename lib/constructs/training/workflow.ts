import { trainingName, tuningName } from '#core/deployment/names.ts';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IModelRegistry } from '../model-registry.ts';
import { addWorkflow } from '../workflow/workflow.ts';

/** The files that run on a laptop too. */
const TRAINING = new URL('../../core/training/training.asl.json', import.meta.url);
const TUNING = new URL('../../core/training/tuning/tuning.asl.json', import.meta.url);

export interface TrainingWorkflowProps {
  readonly stage: string;
  readonly registry: IModelRegistry;
  readonly worker: IFunction;
  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
}

const SHARED = {
  substitution: 'trainingFunction',
  logsNoMore:
    'Failures are logged. What every state has come to is recorded below training/, for good, and costs less.',
};

/** One training, from its beginning to a version. */
export const addTrainingWorkflow = (scope: Construct, { stage, ...props }: TrainingWorkflowProps): StateMachine =>
  addWorkflow(scope, { ...SHARED, ...props, name: trainingName(stage), definition: TRAINING });

/** Many, of which the best becomes one. */
export const addTuningWorkflow = (scope: Construct, { stage, ...props }: TrainingWorkflowProps): StateMachine =>
  addWorkflow(scope, { ...SHARED, ...props, name: tuningName(stage), definition: TUNING });
