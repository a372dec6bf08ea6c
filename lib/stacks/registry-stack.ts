import { ModelRegistry, type IModelRegistry, type ModelRegistryProps } from '#constructs/model-registry.ts';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export interface RegistryStackProps extends StackProps, ModelRegistryProps {}

/** What a stage keeps when everything else of it is destroyed: the registry. */
export class RegistryStack extends Stack {
  readonly registry: IModelRegistry;

  constructor(scope: Construct, id: string, props: RegistryStackProps = {}) {
    super(scope, id, props);
    this.registry = new ModelRegistry(this, 'Registry', props);
    new CfnOutput(this, 'StoreUrl', { value: this.registry.storeUrl, description: 'For --store and ONNWARD_STORE' });
  }
}
