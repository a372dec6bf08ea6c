import { readinessOf, type StackState } from './stacks.ts';

/** What a deployment finds. */
export interface FoundStage {
  /** Undefined where it is not there. */
  readonly registryStack: StackState | undefined;
  /** Whether the registry's bucket is there: it outlives its stack. */
  readonly bucket: boolean;
  /** Whether any function is a container image. */
  readonly images: boolean;
}

/** The options that `cdk deploy` takes while the registry's stack is not there; none once it is. */
export function firstDeploymentOptions({ registryStack, bucket, images }: FoundStage): string[] {
  if (readinessOf(registryStack) !== 'absent') return [];
  return [
    // A bucket that was left is taken up: its name is taken, so that another cannot be made.
    ...(bucket ? ['--import-existing-resources'] : []),
    // CDK builds images first, and asks the repository for them, which the registry's stack has still to make.
    ...(images ? ['--no-asset-prebuild'] : []),
  ];
}
