import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bucket, type CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';

/** A bucket that stays, with a policy that stays: `-c policy=named` has the policy say the bucket's name, not refer to it. */
const app = new App();
const stack = new Stack(app, 'left-bucket');
const bucket = new Bucket(stack, 'Bucket', {
  bucketName: 'left-bucket',
  enforceSSL: true,
  removalPolicy: RemovalPolicy.RETAIN,
});
bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
if (app.node.tryGetContext('policy') === 'named') {
  const policy = bucket.policy?.node.defaultChild as CfnBucketPolicy;
  policy.bucket = 'left-bucket';
  policy.node.addDependency(bucket);
}
