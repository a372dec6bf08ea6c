import { stageInference } from '#packaging/inference.ts';
import { Annotations, Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Architecture,
  Code,
  type Function as LambdaFunction,
  type FunctionProps,
  Handler,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { zipOf } from './staged-code.ts';

export interface InferenceCodeOptions {
  readonly architecture: 'arm64' | 'x86_64';
  readonly packaging: 'image' | 'zip';
  /** Folder of a store that goes along. */
  readonly baked?: string;
}

/** The code of an inference function, and how it is run. */
export function inferenceCode(options: InferenceCodeOptions): Pick<FunctionProps, 'code' | 'runtime' | 'handler'> {
  const staged = stageInference(options);
  if (options.packaging === 'zip') {
    return { code: zipOf(staged), runtime: Runtime.NODEJS_24_X, handler: 'handler.handler' };
  }
  const platform = options.architecture === 'arm64' ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64;
  const code = Code.fromAssetImage(staged.folder, { platform });
  return { code, runtime: Runtime.FROM_IMAGE, handler: Handler.FROM_IMAGE };
}

export const lambdaArchitecture = (name: 'arm64' | 'x86_64'): Architecture =>
  name === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64;

/**
 * An image whose repository is that of `cdk bootstrap` is deleted by `cdk gc` once no template names it, under published
 * versions that are still called: those become `Failed`.
 */
export function warnOfSharedRepository(of: LambdaFunction): void {
  const asset = of.node.tryFindChild('AssetImage');
  if (!(asset instanceof DockerImageAsset)) return;
  const name = JSON.stringify(Stack.of(of).resolve(asset.repository.repositoryName));
  if (!name.includes('-container-assets-')) return;
  Annotations.of(of).addWarningV2(
    'onnward:shared-repository',
    'The image goes to the repository of `cdk bootstrap`, from which `cdk gc` deletes images that published versions still need. Make an ImageRepository in a stack of its own, and give this stack `synthesizer: new DefaultStackSynthesizer({ imageAssetsRepositoryName })`.',
  );
}
