import type { Reason } from '../stacks/proofs/lint.ts';

const everywhere = /./;

/** What linters complain of and stays as it is, and why. A finding without a line here fails, and a line without a finding. */
export const REASONS: readonly Reason[] = [
  {
    rule: 'W3005',
    resource: everywhere,
    template: everywhere,
    reason: 'CDK writes some dependencies that references imply already: superfluous, and harmless.',
  },
  {
    rule: 'W2530',
    resource: /^AWS::Lambda::Function\.Model/,
    template: /^snapStart\./,
    reason: 'Snapshots are of published versions, and releases publish those, not the template.',
  },
  {
    rule: 'CKV_AWS_18',
    resource: /^AWS::S3::Bucket\.Registry/,
    template: everywhere,
    reason: 'Access logs need a second bucket and come by best effort; the history in the bucket has every change.',
  },
  {
    rule: 'CKV_AWS_26',
    resource: /^AWS::SNS::Topic\.Alarms/,
    template: everywhere,
    reason: 'Alarms cannot publish through the key that AWS manages; what is sent is names and numbers of alarms.',
  },
  {
    rule: 'CKV_AWS_27',
    resource: /^AWS::SQS::Queue\.(BatchStarts|Releases|TrainingEvents|Monitor)Undelivered/,
    template: /^(batch|batchKms|release|releaseKms|training\w*|watch\w*|full)\./,
    reason:
      'SQS encrypts it with a key of its own, which the rule does not count; it holds names of objects and alarms.',
  },
  {
    rule: 'CKV_AWS_59',
    resource: /^AWS::ApiGateway::Method/,
    template: /^restOpen\./,
    reason: "The configuration of this one says auth: 'none'.",
  },
  {
    rule: 'CKV_AWS_73',
    resource: /^AWS::ApiGateway::Stage/,
    template: /^rest/,
    reason: 'Traces are asked for by model (`tracing`) and cost by the trace.',
  },
  {
    rule: 'CKV_AWS_115',
    resource: /^AWS::Lambda::Function/,
    template: everywhere,
    reason: 'Reserved concurrency is taken from the account’s other functions: an option, `reservedConcurrency`.',
  },
  {
    rule: 'CKV_AWS_116',
    resource: /^AWS::Lambda::Function/,
    template: everywhere,
    reason:
      'API Gateway, CloudFormation and Step Functions wait for the answer. A weekly call that fails is an alarm, and comes again.',
  },
  {
    rule: 'CKV_AWS_117',
    resource: /^AWS::Lambda::Function/,
    template: everywhere,
    reason:
      'They speak to S3, Lambda and CloudWatch only; a VPC would add a NAT or endpoints, which are paid by the hour.',
  },
  {
    rule: 'CKV_AWS_120',
    resource: /^AWS::ApiGateway::Stage/,
    template: /^rest/,
    reason: 'Predictions are answers to POST, which no cache keeps; a cache is paid by the hour.',
  },
  {
    rule: 'CKV_AWS_136',
    resource: /^AWS::ECR::Repository/,
    template: everywhere,
    reason: 'ECR encrypts with AES-256 by itself; the images hold public code.',
  },
  {
    rule: 'CKV_AWS_158',
    resource: /^AWS::Logs::LogGroup/,
    template: everywhere,
    reason: 'CloudWatch encrypts logs with its own keys; no line of ours holds a payload.',
  },
  {
    rule: 'CKV_AWS_173',
    resource: /^AWS::Lambda::Function/,
    template: everywhere,
    reason: 'Lambda encrypts the environment with its own key; what stands there is names, never a secret.',
  },
];
