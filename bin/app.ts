import { RegistryStack } from '#stacks/registry-stack.ts';
import { App } from 'aws-cdk-lib';

const app = new App();
new RegistryStack(app, 'OnnwardRegistry', { description: 'Onnward: the registry of models' });
