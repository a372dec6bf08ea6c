import type { StagedCode } from '#packaging/staged.ts';
import { AssetHashType } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** A staged folder as a zip. Its hash is known: CDK need not read megabytes of ONNX Runtime to find one. */
export const zipOf = ({ folder, hash }: StagedCode): Code =>
  Code.fromAsset(folder, { assetHash: hash, assetHashType: AssetHashType.CUSTOM });
